import { mkdirSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { createCore, type Core, type CoreListeners } from './core/core.ts'
import { openKeyring } from './core/data-keys.ts'
import { openDatabase } from './db/client.ts'
import { migrate } from './db/migrate.ts'
import { firstWaitSeconds } from './faces/index.ts'
import type { Hub } from './hub.ts'
import { makeMasterKey, parseMasterKey, type MasterKey } from './keyring.ts'

export type ComposeOptions = {
  config: Config
  log: Logger
  now?: () => Date
  listeners?: CoreListeners
  /** The database is gone for good: the process should end. */
  onFatal?: (error: Error) => void
}

export type Composed = { hub: Hub; core: Core; close: () => Promise<void> }

/** Puts a hub together: database, migrations, keys, verbs. Throws an Error that says what to do where one is not to be had. */
export async function composeHub({
  config,
  log,
  now = () => new Date(),
  listeners = {},
  onFatal,
}: ComposeOptions): Promise<Composed> {
  const database = await openDatabase({
    ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
    dataFolder: config.dataFolder,
    poolSize: config.databaseConnections,
    applicationName: 'quanhub',
    ...(onFatal === undefined ? {} : { onFatal }),
  })
  try {
    await migrate(database, { log: (line) => log.info(line) })
    const keyring = await openKeyring(database, masterKeyOf(config), now())
    const hub: Hub = { config, database, keyring, log, now }
    const core = await createCore(hub, { ...listeners, firstWaitSeconds: dividedBy(config.timeFactor) })
    return { hub, core, close: () => database.close() }
  } catch (error) {
    await database.close()
    throw error
  }
}

const dividedBy = (timeFactor: number) => (face: string) => firstWaitSeconds(face) / timeFactor

/** Where the sandbox, and nothing else, keeps a master key of its own. */
export const masterKeyFile = (config: Config): string => join(config.dataFolder, 'master.key')

function masterKeyOf(config: Config): MasterKey {
  if (config.masterKey !== undefined) return config.masterKey
  const file = masterKeyFile(config)
  if (existsSync(file)) return parseMasterKey(readFileSync(file, 'utf8').trim())
  if (!config.isSandbox) {
    throw new Error(
      'QUANHUB_MASTER_KEY is not set. It wraps the keys that protect codes and personal data, so a hub cannot start ' +
        'without it.\nMake one with: openssl rand -base64 32\nand keep a copy apart from the database: without it neither ' +
        'the database nor a backup of it can be read.',
    )
  }
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
  const text = makeMasterKey()
  writeFileSync(file, `${text}\n`, { mode: 0o600, flag: 'wx' })
  return parseMasterKey(text)
}
