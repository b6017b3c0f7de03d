import { isUniqueViolation, type Tx } from '../../../db/client/client.ts'
import { changeCounterMax, lockCounters } from '../../../db/counters.ts'
import { findImportedCodes, insertImportedCodes, insertPoolCodes } from '../../../db/imported-codes.ts'
import type { Hub } from '../../../hub.ts'
import { numbersKey } from '../../codes/number-blocks.ts'

/** A code that is to be imported, with its keyed hash. */
export type HashedCode = { code: string; hash: Buffer }

/** In which pools (by their ids) the codes of a batch were before, by the hex of their hashes. */
export type Places = Map<string, number>

export async function findPlaces({ database }: Hub, batch: HashedCode[]): Promise<Places> {
  return placesOf(
    await findImportedCodes(
      database.sql,
      batch.map(({ hash }) => hash),
    ),
  )
}

const placesOf = (rows: { codeHash: Buffer; sourceId: number }[]): Places =>
  new Map(rows.map((row) => [row.codeHash.toString('hex'), row.sourceId]))

/** Adds those codes of a batch that no pool has to this one, in one transaction, and says where the others are. */
export async function addToPool(hub: Hub, sourceId: number, batch: HashedCode[]): Promise<Places> {
  try {
    return await insertNew(hub, sourceId, batch)
  } catch (error) {
    // Another import brought the same code at this instant: the second look finds it.
    if (isUniqueViolation(error)) return insertNew(hub, sourceId, batch)
    throw error
  }
}

// Encrypted before the pool's counter is locked: issues from this pool wait for that lock.
async function insertNew({ database, keyring }: Hub, sourceId: number, batch: HashedCode[]): Promise<Places> {
  const encrypted = batch.map(({ code, hash }) => ({ codeHash: hash, cipher: keyring.encrypt(code) }))
  return database.transaction(async (tx) => {
    const first = await nextNumber(tx, sourceId)
    const places = placesOf(
      await findImportedCodes(
        tx,
        batch.map(({ hash }) => hash),
      ),
    )
    const rows = encrypted
      .filter(({ codeHash }) => !places.has(codeHash.toString('hex')))
      .map((row, i) => ({ ...row, sourceId, number: first + i }))
    if (rows.length === 0) return places
    const codes = rows.map(({ codeHash, number }) => ({ codeHash, sourceId, number, lane: null }))
    // In the order of their hashes, so that two imports never wait for each other in a circle.
    await insertImportedCodes(
      tx,
      codes.toSorted((a, b) => Buffer.compare(a.codeHash, b.codeHash)),
    )
    await insertPoolCodes(tx, rows)
    await changeCounterMax(tx, numbersKey(sourceId), rows.length)
    return places
  })
}

/** Locks the pool's counter: its codes are numbered without a gap. */
async function nextNumber(tx: Tx, sourceId: number): Promise<number> {
  const [counter] = await lockCounters(tx, [numbersKey(sourceId)])
  if (counter === undefined) throw new Error(`pool ${sourceId} has no counter`)
  return counter.max ?? 0
}
