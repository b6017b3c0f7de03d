import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Database } from './db/client/client.ts'
import type { Supplier } from './suppliers/supplier.ts'
import type { Keyring } from './keyring.ts'

/** What everything is handed first. Made once, in the composition root. */
export type Hub = {
  config: Config
  database: Database
  keyring: Keyring
  /** How each kind of supplier is spoken to. */
  suppliers: ReadonlyMap<string, Supplier>
  log: Logger
  /** The clock. Nothing else asks for the time in a decision. */
  now: () => Date
}
