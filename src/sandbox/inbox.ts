import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const callbackSchema = z.object({
  path: z.string(),
  body: z.record(z.string(), z.string()),
  isHeaderSignatureValid: z.boolean(),
  isBodySignatureValid: z.boolean().nullable(),
})

/** A callback as the sandbox's receiver kept it. */
export type Callback = z.infer<typeof callbackSchema>

/** The inbox of the sandbox's receiver, over HTTP. */
export type Inbox = {
  issuedUrl: string
  usedUrl: string
  /** Waits until a callback for which `isMeant` holds has come. An Error where none has within the time. */
  waitFor: (what: string, isMeant: (callback: Callback) => boolean) => Promise<Callback>
}

const patienceMilliseconds = 20_000
const pauseMilliseconds = 50

export function openInbox(receiverUrl: string): Inbox {
  return {
    issuedUrl: `${receiverUrl}/lakala/issued`,
    usedUrl: `${receiverUrl}/lakala/used`,
    waitFor: async (what, isMeant) => {
      for (let waited = 0; waited < patienceMilliseconds; waited += pauseMilliseconds) {
        const found = (await readInbox(receiverUrl)).find(isMeant)
        if (found !== undefined) return found
        await sleep(pauseMilliseconds)
      }
      throw new Error(`${what} has not come within ${patienceMilliseconds / 1000} s (${receiverUrl}/inbox)`)
    },
  }
}

async function readInbox(receiverUrl: string): Promise<Callback[]> {
  const answer = await fetch(`${receiverUrl}/inbox`)
  return z.array(callbackSchema.catch(unreadable)).parse(await answer.json())
}

// A callback of another shape is somebody else's experiment.
const unreadable: Callback = { path: '', body: {}, isHeaderSignatureValid: false, isBodySignatureValid: null }
