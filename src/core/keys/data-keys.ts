import { insertDataKey, readDataKeys, rewrapDataKeys } from '../../db/data-keys.ts'
import type { Database, Tx } from '../../db/client/client.ts'
import {
  createKeyring,
  makeDataKey,
  unwrapKey,
  wrapKey,
  type KeyPurpose,
  type Keyring,
  type MasterKey,
} from '../../keyring.ts'

const firstKeys: { id: number; purpose: KeyPurpose }[] = [
  { id: 1, purpose: 'hash' },
  { id: 2, purpose: 'codes' },
  { id: 3, purpose: 'encryption' },
]

/**
 * Reads the data keys, making them where the database is new. An Error with clear words where the master key is not
 * the one that they are wrapped with.
 */
export async function openKeyring(database: Database, master: MasterKey, now: Date): Promise<Keyring> {
  const isNew = (await readDataKeys(database.sql)).length === 0
  if (isNew) await database.transaction((tx) => makeKeys(tx, master, now))
  const rows = await readDataKeys(database.sql)
  return createKeyring(rows.map((row) => ({ ...row, key: unwrapKey(master, row) })))
}

async function makeKeys(tx: Tx, master: MasterKey, now: Date): Promise<void> {
  for (const { id, purpose } of firstKeys) {
    const wrapped = wrapKey(master, id, purpose, makeDataKey())
    await insertDataKey(tx, { id, purpose, isCurrent: true, wrapped, createdAt: now })
  }
}

/**
 * Wraps every data key with a new master key. The data keys themselves stay: what is encrypted stays readable, and
 * hubs that run with the old master key go on until they are started with the new one.
 */
export async function rotateMasterKey(tx: Tx, old: MasterKey, next: MasterKey): Promise<{ keys: number }> {
  const rows = await readDataKeys(tx)
  const wrapped = rows.map((row) => ({ id: row.id, wrapped: wrapKey(next, row.id, row.purpose, unwrapKey(old, row)) }))
  await rewrapDataKeys(tx, wrapped)
  return { keys: rows.length }
}
