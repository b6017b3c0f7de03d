import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { embeddedFolder } from './db/client/embedded/open.ts'
import { makeMasterKey, parseMasterKey, type MasterKey } from './keyring.ts'

/** Where the sandbox, and nothing else, keeps a master key of its own. */
export const masterKeyFile = ({ dataFolder }: Pick<Config, 'dataFolder'>): string => join(dataFolder, 'master.key')

/** Where a new key lies while it takes the place of the one in `keyFile`. */
export const newKeyFileOf = (keyFile: string): string => `${keyFile}.new`

/** The keys that may be the database's: the one in use, and one that was about to replace it when a process ended. */
export type MasterKeys = [MasterKey, ...MasterKey[]]

/**
 * The master key of the environment, or the sandbox's own, which is made at its first start (mode 0600). Throws an
 * Error that says what to do where there is none.
 */
export function findMasterKeys(config: Pick<Config, 'masterKey' | 'dataFolder' | 'isSandbox'>): MasterKeys {
  if (config.masterKey !== undefined) return [config.masterKey]
  const file = masterKeyFile(config)
  if (!existsSync(file)) makeOwnKey(config, file)
  const replacement = newKeyFileOf(file)
  return existsSync(replacement) ? [readKey(file), readKey(replacement)] : [readKey(file)]
}

const readKey = (file: string): MasterKey => parseMasterKey(readFileSync(file, 'utf8').trim())

function makeOwnKey({ dataFolder, isSandbox }: Pick<Config, 'dataFolder' | 'isSandbox'>, file: string): void {
  if (!isSandbox) {
    throw new Error(
      'QUANHUB_MASTER_KEY is not set. It wraps the keys that protect codes and personal data, so a hub cannot start ' +
        'without it.\nMake one with: openssl rand -base64 32\nand keep a copy apart from the database: without it neither ' +
        'the database nor a backup of it can be read.',
    )
  }
  if (existsSync(embeddedFolder(dataFolder))) {
    throw new Error(
      `The master key of the data in ${dataFolder} is gone: there is no ${file}. Without it nobody can read the codes and ` +
        'personal data there. Put it back from your copy, or start with an empty folder (QUANHUB_DATA_DIR).',
    )
  }
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  writeFileSync(file, `${makeMasterKey()}\n`, { mode: 0o600, flag: 'wx' })
}
