import { lockCoupons, type CouponRow } from '../db/coupons.ts'
import { readOrdersOfCoupons, type OrderRow } from '../db/orders.ts'
import { readRedemptions, type RedemptionRow } from '../db/redemptions.ts'
import { readRequestNumbers, type RequestNumberRow } from '../db/request-numbers.ts'
import type { Tx } from '../db/client.ts'
import type { CoreContext } from './context.ts'
import { couponKey } from './coupon.ts'
import { findCandidates } from './find-coupon.ts'
import type { GuessLimit } from './guess-limit.ts'
import type { Setup } from './set-up/snapshot.ts'

export type RedeemWorld = {
  setup: Setup
  guesses: GuessLimit
  firstWaitSeconds: (face: string) => number
  /** Coupons by code; a code that names none is missing. */
  coupons: Map<string, CouponRow>
  orders: Map<string, OrderRow>
  /** What tills' numbers are bound to, by the hex of their scope's hash. */
  requestNumbers: Map<string, RequestNumberRow>
  /** The redemptions that those numbers name, by our number. */
  redemptions: Map<string, RedemptionRow>
}

type Ask = { code: string; scopeHash?: Buffer }

/**
 * Locks the coupons first and reads the request numbers behind them: whoever waited for the same coupon, because the
 * same request went to another process too, must see the number that the other one bound.
 */
export async function loadRedeem(core: CoreContext, tx: Tx, asks: Ask[], setup: Setup): Promise<RedeemWorld> {
  const candidates = await findCandidates(
    tx,
    asks.map((ask) => ask.code),
    setup,
    core.hub.keyring,
  )
  const scopes = asks.flatMap((ask) => (ask.scopeHash === undefined ? [] : [ask.scopeHash]))
  const names = [...candidates.values()].flat()
  const [coupons, orders, requestNumbers] = await Promise.all([
    lockCoupons(tx, names),
    readOrdersOfCoupons(tx, names),
    readRequestNumbers(tx, scopes),
  ])
  const bound = requestNumbers.flatMap(({ lane, redemptionNo }) =>
    lane === null || redemptionNo === null ? [] : [{ lane, no: redemptionNo }],
  )
  const redemptions = await readRedemptions(tx, bound)
  const couponOf = new Map(coupons.map((coupon) => [couponKey(coupon), coupon]))
  return {
    setup,
    guesses: core.guesses,
    firstWaitSeconds: core.firstWaitSeconds,
    coupons: new Map(
      [...candidates].flatMap(([code, names]) => {
        const coupon = names.map((name) => couponOf.get(couponKey(name))).find((row) => row !== undefined)
        return coupon === undefined ? [] : [[code, coupon]]
      }),
    ),
    orders: new Map(orders.map((order) => [order.no, order])),
    requestNumbers: new Map(requestNumbers.map((row) => [row.scopeHash.toString('hex'), row])),
    redemptions: new Map(redemptions.map((row) => [row.no, row])),
  }
}
