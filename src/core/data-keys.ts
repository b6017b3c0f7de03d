import { insertDataKey, readDataKeys, rewrapDataKeys } from '../db/data-keys.ts'
import type { Database } from '../db/client.ts'
import {
  createKeyring,
  makeDataKey,
  unwrapKey,
  wrapKey,
  type KeyPurpose,
  type Keyring,
  type MasterKey,
} from '../keyring.ts'

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

async function makeKeys(tx: Parameters<typeof insertDataKey>[0], master: MasterKey, now: Date): Promise<void> {
  for (const { id, purpose } of firstKeys) {
    const wrapped = wrapKey(master, id, purpose, makeDataKey())
    await insertDataKey(tx, { id, purpose, isCurrent: true, wrapped, createdAt: now })
  }
}

/**
 * Wraps every data key with a new master key, and encrypts from now on with a new data key. What was encrypted before
 * stays readable: each ciphertext names its key. Running hubs read the new keys when they are next started.
 */
export async function rotateMasterKey(
  database: Database,
  old: MasterKey,
  next: MasterKey,
  now: Date,
): Promise<{ keys: number }> {
  return database.transaction(async (tx) => {
    const rows = await readDataKeys(tx)
    const kept = rows.map((row) => ({
      id: row.id,
      isCurrent: row.purpose !== 'encryption',
      wrapped: wrapKey(next, row.id, row.purpose, unwrapKey(old, row)),
    }))
    await rewrapDataKeys(tx, kept)
    const id = Math.max(0, ...rows.map((row) => row.id)) + 1
    const wrapped = wrapKey(next, id, 'encryption', makeDataKey())
    await insertDataKey(tx, { id, purpose: 'encryption', isCurrent: true, wrapped, createdAt: now })
    return { keys: rows.length + 1 }
  })
}
