import type { Queryable, Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'

export type NonceRow = { slot: number; hash: Buffer; commandNo: string }

const slotSeconds = 900
const slotCount = 16

/** The slot of the ring in which a nonce heard at this instant is kept. */
export const nonceSlotAt = (at: Date): number => Math.floor(at.getTime() / 1000 / slotSeconds) % slotCount

/** The slots that hold what was heard in the last `seconds` (at most two hours). */
export function nonceSlotsSince(now: Date, seconds: number): number[] {
  const slots = Math.ceil(seconds / slotSeconds) + 1
  return Array.from({ length: slots }, (_, i) => nonceSlotAt(new Date(now.getTime() - i * slotSeconds * 1000)))
}

/** The longest time for which a nonce can be remembered: half of the ring, so that what is emptied is never in use. */
export const nonceMemorySecondsMax = (slotCount / 2) * slotSeconds

/** Inserted in key order: two batches with the same nonces then wait for each other in one direction. */
export const insertNonces = (tx: Tx, rows: NonceRow[]): Promise<number> =>
  insertRows(
    tx,
    'nonces',
    rows.toSorted((a, b) => a.slot - b.slot || Buffer.compare(a.hash, b.hash)),
  )

/** Which of these nonces have been heard in these slots, and from which command. */
export async function findNonces(sql: Queryable, hashes: Buffer[], slots: number[]): Promise<NonceRow[]> {
  if (hashes.length === 0) return []
  return sql<NonceRow[]>`
    select n.*
    from unnest(${hashes.map((hash) => hash.toString('hex'))}::text[]) h, unnest(${slots}::smallint[]) s,
      lateral (select * from nonces where slot = s and hash = decode(h, 'hex') limit 1) n`
}

/** Empties the slots that are half a ring away from the present, and so cannot be asked for. */
export async function emptyOldNonces(sql: Queryable, now: Date): Promise<void> {
  const slot = (nonceSlotAt(now) + slotCount / 2 - 2) % slotCount
  await sql.unsafe(`truncate nonces_${String(slot).padStart(2, '0')}`)
}
