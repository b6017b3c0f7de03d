import type { Config } from './config.ts'
import { openDatabase, type Database } from './db/client/client.ts'
import { findMasterKeys, type MasterKeys } from './master-key.ts'

/** A database that is being opened, and the keys that may be its own. */
export type HubDatabase = {
  masterKeys: MasterKeys
  /** Rejects with an Error that says what to do where it is not to be had. */
  database: Promise<Database>
  /** Settles when the database is gone for good: the process should end. */
  fatal: Promise<Error>
}

/**
 * Begins to open the database that a configuration names. The embedded one starts in a thread of its own: whoever begins
 * early has the rest of the program read meanwhile. Throws an Error that says what to do where there is no master key:
 * without it nothing could be opened, and a new database would be made for nothing.
 */
export function openHubDatabase(config: Config): HubDatabase {
  const masterKeys = findMasterKeys(config)
  let onFatal: (error: Error) => void = () => {}
  const fatal = new Promise<Error>((resolve) => (onFatal = resolve))
  const database = openDatabase({
    ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
    dataFolder: config.dataFolder,
    poolSize: config.databaseConnections,
    applicationName: 'quanhub',
    onFatal,
  })
  // Who waits for it hears of a failure; that may be a moment later.
  database.catch(() => undefined)
  return { masterKeys, database, fatal }
}
