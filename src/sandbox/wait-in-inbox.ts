import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const patienceMilliseconds = 20_000
const pauseMilliseconds = 50

/** Waits until something has come to an inbox for which `isMeant` holds. An Error where nothing has within the time. */
export async function waitInInbox<Item>(
  inboxUrl: string,
  itemOf: z.ZodType<Item>,
  what: string,
  isMeant: (item: Item) => boolean,
): Promise<Item> {
  for (let waited = 0; waited < patienceMilliseconds; waited += pauseMilliseconds) {
    const items = z.array(z.unknown()).parse(await (await fetch(inboxUrl)).json())
    // An item of another shape is somebody else's experiment.
    const found = items.flatMap((item) => itemOf.safeParse(item).data ?? []).find(isMeant)
    if (found !== undefined) return found
    await sleep(pauseMilliseconds)
  }
  throw new Error(`${what} has not come within ${patienceMilliseconds / 1000} s (${inboxUrl})`)
}
