import type { CouponName } from '../../db/coupons.ts'
import { readPoolCodes, type PoolCodeRow } from '../../db/imported-codes.ts'
import type { Queryable } from '../../db/client/client.ts'
import type { Keyring } from '../../keyring.ts'
import type { Setup } from '../set-up/snapshot.ts'

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
