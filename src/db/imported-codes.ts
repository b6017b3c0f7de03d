import type { Queryable, Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'

type ImportedCodeRow = { codeHash: Buffer; sourceId: number; number: number; lane: number | null }
export type PoolCodeRow = { sourceId: number; number: number; codeHash: Buffer; cipher: Buffer }

/** Finds imported codes by their keyed hashes. `lane` is null until the code is handed out. */
export async function findImportedCodes(sql: Queryable, codeHashes: Buffer[]): Promise<ImportedCodeRow[]> {
  if (codeHashes.length === 0) return []
  return sql<ImportedCodeRow[]>`
    select i.*
    from unnest(${codeHashes.map((hash) => hash.toString('hex'))}::text[]) h,
      lateral (select * from imported_codes where code_hash = decode(h, 'hex') limit 1) i`
}

/** Adds imported codes, leaving out those that some pool has already, and says how many were new. */
export const insertImportedCodes = (tx: Tx, rows: ImportedCodeRow[]): Promise<number> =>
  insertRows(tx, 'imported_codes', rows)

export const insertPoolCodes = (tx: Tx, rows: PoolCodeRow[]): Promise<number> => insertRows(tx, 'pool_codes', rows)

/** The codes of a pool with these numbers. */
export async function readPoolCodes(
  sql: Queryable,
  names: { sourceId: number; number: number }[],
): Promise<PoolCodeRow[]> {
  if (names.length === 0) return []
  return sql<PoolCodeRow[]>`
    select p.*
    from unnest(${names.map((name) => name.sourceId)}::int[], ${names.map((name) => name.number)}::bigint[])
        as x (source_id, number),
      lateral (select * from pool_codes where source_id = x.source_id and number = x.number limit 1) p`
}

/** Counts codes that pools were given and that were handed out at once: each name of a source is one code more. */
export async function appendPoolNumbers(tx: Tx, sourceIds: number[]): Promise<void> {
  if (sourceIds.length === 0) return
  const amounts = new Map<number, number>()
  for (const id of sourceIds) amounts.set(id, (amounts.get(id) ?? 0) + 1)
  const updated = await tx`
    update counters set used = used + a.amount, max = max + a.amount
    from unnest(${[...amounts.keys()].map((id) => `numbers:${id}`)}::text[], ${[...amounts.values()]}::bigint[])
      as a (key, amount)
    where counters.key = a.key`
  if (updated.count !== amounts.size) throw new Error('the counter of a pool is missing')
}

/** Writes down in which lanes codes were handed out. Each must be free, or the whole batch fails. */
export async function placeImportedCodes(tx: Tx, places: { codeHash: Buffer; lane: number }[]): Promise<void> {
  if (places.length === 0) return
  const updated = await tx`
    update imported_codes set lane = x.lane
    from unnest(${places.map((place) => place.codeHash.toString('hex'))}::text[],
        ${places.map((place) => place.lane)}::int[]) as x (code_hash, lane)
    where imported_codes.code_hash = decode(x.code_hash, 'hex') and imported_codes.lane is null`
  if (updated.count !== places.length) throw new Error('an imported code was handed out twice')
}
