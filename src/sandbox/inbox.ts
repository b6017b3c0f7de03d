import { z } from 'zod'
import { waitInInbox } from './wait-in-inbox.ts'

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
