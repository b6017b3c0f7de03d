import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const callbackSchema = z.object({
  path: z.string(),
  body: z.record(z.string(), z.string()),
  isHeaderSignatureValid: z.boolean(),
  isBodySignatureValid: z.boolean().nullable(),
})

/** A callback as the simulated bank kept it. */
export type Callback = z.infer<typeof callbackSchema>

/** The inbox of the simulated bank, over HTTP. */
export type Inbox = {
  issuedUrl: string
  usedUrl: string
  /** Waits until a callback for which `isMeant` holds has come. An Error where none has within the time. */
  waitFor: (what: string, isMeant: (callback: Callback) => boolean) => Promise<Callback>
}

export const openInbox = (bankUrl: string): Inbox => ({
  issuedUrl: `${bankUrl}/lakala/issued`,
  usedUrl: `${bankUrl}/lakala/used`,
  waitFor: (what, isMeant) => waitInInbox(`${bankUrl}/inbox`, callbackSchema, what, isMeant),
})

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

/** Tells a simulator what to do, over HTTP. An Error with its words where it does not. */
export async function postControl(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} does not do that: ${text}`)
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}
