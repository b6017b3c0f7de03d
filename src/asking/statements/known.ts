import type { Core } from '../../core/core.ts'
import { couponKey } from '../../core/coupon/coupon.ts'
import { codeHash } from '../../core/keys/hashes.ts'
import { readCoupons } from '../../db/coupons.ts'
import { findImportedCodes } from '../../db/imported-codes.ts'
import { readRedemptionsOfCoupons } from '../../db/redemptions.ts'
import type { Known } from './compare.ts'

/** What the hub has of coupons that a supplier made, by the supplier's own numbers; a number that names none is missing. */
export async function findKnown(
  { hub: { database, keyring } }: Core,
  sourceId: number,
  codes: string[],
): Promise<Map<string, Known>> {
  const { sql } = database
  const codeOf = new Map(codes.map((code) => [codeHash(keyring, code).toString('hex'), code]))
  const hashes = [...codeOf.keys()].map((hex) => Buffer.from(hex, 'hex'))
  const found = (await findImportedCodes(sql, hashes)).filter((row) => row.sourceId === sourceId)
  const names = found.flatMap(({ lane, number: serial, codeHash: hash }) =>
    lane === null ? [] : [{ lane, sourceId, serial, code: codeOf.get(hash.toString('hex'))! }],
  )
  const [coupons, redemptions] = await Promise.all([readCoupons(sql, names), readRedemptionsOfCoupons(sql, names)])
  const couponOf = new Map(coupons.map((coupon) => [couponKey(coupon), coupon]))
  return new Map(
    names.flatMap((name): [string, Known][] => {
      const coupon = couponOf.get(couponKey(name))
      const own = redemptions.filter((row) => couponKey(row) === couponKey(name))
      return coupon === undefined ? [] : [[name.code, { coupon, redemptions: own }]]
    }),
  )
}
