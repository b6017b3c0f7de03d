import type { Queryable } from '../../db/client/client.ts'
import type { CouponName } from '../../db/coupons.ts'
import { findImportedCodes, readPoolCodes, type PoolCodeRow } from '../../db/imported-codes.ts'
import type { Hub } from '../../hub.ts'
import type { Keyring } from '../../keyring.ts'
import { laneIndexOfSerial } from '../codes/code-space.ts'
import { readingIn, readingsOf } from '../codes/typed-code.ts'
import { codeHash } from '../keys/hashes.ts'
import { laneAt } from '../numbers/numbers.ts'
import type { Setup } from '../set-up/snapshot.ts'

/** Which coupons a code may name: at most one exists, but a text can look like a code of several sources. */
export type Candidates = Map<string, CouponName[]>

/**
 * Finds what codes may name, as people type them (`readingsOf`). An own code is turned back into its serial, which holds
 * lane and row, without asking the database; an imported one is found by its keyed hash.
 */
export async function findCandidates(
  sql: Queryable,
  codes: string[],
  setup: Setup,
  keyring: Keyring,
): Promise<Candidates> {
  const candidates: Candidates = new Map(codes.map((code) => [code, ownNames(code, setup)]))
  if (![...setup.codeSources.values()].some((source) => source.kind === 'pool')) return candidates
  const readings = [...candidates].map(([code, names]) => ({
    names,
    hashes: readingsOf(code).map((reading) => codeHash(keyring, reading).toString('hex')),
  }))
  const asked = new Set(readings.flatMap(({ hashes }) => hashes))
  const rows = await findImportedCodes(
    sql,
    [...asked].map((hex) => Buffer.from(hex, 'hex')),
  )
  const found = new Map(rows.map((row) => [row.codeHash.toString('hex'), row]))
  for (const { names, hashes } of readings) {
    // The likeliest reading that was given out: a mixed pool may have both cases.
    const row = hashes.map((hash) => found.get(hash)).find((row) => row !== undefined && row.lane !== null)
    if (row !== undefined) names.push({ lane: row.lane!, sourceId: row.sourceId, serial: row.number })
  }
  return candidates
}

function ownNames(code: string, setup: Setup): CouponName[] {
  return [...setup.codeSources.values()].flatMap((source) => {
    const serial = source.space?.serialOf(readingIn(source.space.alphabet, code))
    return serial === undefined ? [] : [{ lane: laneAt(laneIndexOfSerial(serial)), sourceId: source.id, serial }]
  })
}

/** The encrypted codes of coupons that came from pools, by source and number. */
export type PoolCodes = Map<string, PoolCodeRow>

export const poolCodeKey = (sourceId: number, number: number): string => `${sourceId}/${number}`

const isPool = (setup: Setup, sourceId: number): boolean => setup.codeSources.get(sourceId)?.space === undefined

/** Reads what `revealCode` needs for these coupons; nothing where all their codes are our own. */
export async function loadPoolCodes(sql: Queryable, coupons: CouponName[], setup: Setup): Promise<PoolCodes> {
  const names = coupons
    .filter((coupon) => isPool(setup, coupon.sourceId))
    .map((coupon) => ({ sourceId: coupon.sourceId, number: coupon.serial }))
  const rows = await readPoolCodes(sql, names)
  return new Map(rows.map((row) => [poolCodeKey(row.sourceId, row.number), row]))
}

/** A coupon's code in the clear. It is a secret: for the holder's channel only, never for a log or a list. */
export function revealCode(coupon: CouponName, setup: Setup, poolCodes: PoolCodes, keyring: Keyring): string {
  const space = setup.codeSources.get(coupon.sourceId)?.space
  if (space !== undefined) return space.codeOf(coupon.serial)
  const row = poolCodes.get(poolCodeKey(coupon.sourceId, coupon.serial))
  if (row === undefined) throw new Error(`code ${coupon.serial} of pool ${coupon.sourceId} is missing`)
  return keyring.decrypt(row.cipher)
}

/** The codes of coupons in the clear, in their order. They are secrets: see `revealCode`. */
export async function revealCodes(
  { database, keyring }: Pick<Hub, 'database' | 'keyring'>,
  setup: Setup,
  coupons: CouponName[],
): Promise<string[]> {
  const poolCodes = await loadPoolCodes(database.sql, coupons, setup)
  return coupons.map((coupon) => revealCode(coupon, setup, poolCodes, keyring))
}
