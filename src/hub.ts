import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Database } from './db/client/client.ts'
import type { Supplier } from './suppliers/supplier.ts'
import type { Keyring } from './keyring.ts'
import type { RuleSpelling } from './core/rules/index.ts'

/** What the document of a face asks of the offers that are ordered over it, and of the keys of its apps. */
export type FaceTerms = {
  activityMonthsMax: number
  faceValueMinFen: number
  /** Whether an app may sign by a key pair or by a shared secret, as it chooses for each request. */
  mayHaveBothKeys: boolean
}

/** What everything is handed first. Made once, in the composition root. */
export type Hub = {
  config: Config
  database: Database
  keyring: Keyring
  /** How each kind of supplier is spoken to. */
  suppliers: ReadonlyMap<string, Supplier>
  /** What the faces that have terms ask of what is ordered over them, by face. */
  faceTerms: ReadonlyMap<string, FaceTerms>
  /** How rules are written, and kept. */
  ruleSpelling: RuleSpelling
  log: Logger
  /** The clock. Nothing else asks for the time in a decision. */
  now: () => Date
}
