import type { Nonce } from '../../../core/command/callers.ts'
import type { App } from '../../../core/set-up/snapshot.ts'
import type { JsonObject } from '../../../wire/json.ts'
import type { FaceTools } from '../../face.ts'

/** Whose request it is, under which number of ours it is done, by when, and what proves that it is new. */
export type Caller = { app: App; no: string; deadline: Date; at: Date; nonce: Nonce | undefined }

/** One action of the wire. Its answer goes into the envelope as it is; a refusal is thrown. */
export type Action = {
  /** As on the wire. */
  name: string
  /** Other spellings that are taken too. */
  aliases?: string[]
  /** An ERP's app calls the back office, a channel's app the transactions. */
  side: 'backOffice' | 'channel'
  act: (tools: FaceTools, caller: Caller, fields: JsonObject) => Promise<Record<string, unknown>>
}
