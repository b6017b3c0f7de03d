import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { createCore, type Core, type CoreListeners } from './core/core.ts'
import { openKeyring } from './core/keys/data-keys.ts'
import type { Database } from './db/client/client.ts'
import { migrate } from './db/client/migrate.ts'
import { whaleRuleSpelling } from './faces/whale/written-rule.ts'
import { faceTerms, firstWaitSeconds } from './faces/index.ts'
import type { Hub } from './hub.ts'
import type { Keyring } from './keyring.ts'
import { suppliers } from './suppliers/index.ts'
import { openHubDatabase, type HubDatabase } from './hub-database.ts'
import type { MasterKeys } from './master-key.ts'

export type ComposeOptions = {
  config: Config
  log: Logger
  listeners?: CoreListeners
  /** The hub's database, where it is being opened already. */
  opening?: HubDatabase
}

export type Composed = { hub: Hub; core: Core; close: () => Promise<void> }

/** Puts a hub together: database, migrations, keys, verbs. Throws an Error that says what to do where one is not to be had. */
export async function composeHub({ config, log, listeners = {}, opening }: ComposeOptions): Promise<Composed> {
  const { masterKeys, database: opened } = opening ?? openHubDatabase(config)
  const database = await opened
  const now = (): Date => new Date()
  try {
    await migrate(database, { log: (line) => log.info(line) })
    const keyring = await openWithAny(database, masterKeys, now())
    const hub: Hub = { config, database, keyring, suppliers, faceTerms, ruleSpelling: whaleRuleSpelling, log, now }
    const core = await createCore(hub, { ...listeners, firstWaitSeconds: dividedBy(config.timeFactor) })
    const close = async (): Promise<void> => {
      await core.refusals.flush()
      await database.close()
    }
    return { hub, core, close }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Opens the keys with the first master key that fits; throws what the first one failed with where none does. */
async function openWithAny(database: Database, [first, ...others]: MasterKeys, now: Date): Promise<Keyring> {
  try {
    return await openKeyring(database, first, now)
  } catch (error) {
    for (const other of others) {
      const keyring = await openKeyring(database, other, now).catch(() => undefined)
      if (keyring !== undefined) return keyring
    }
    throw error
  }
}

const dividedBy = (timeFactor: number) => (face: string) => firstWaitSeconds(face) / timeFactor
