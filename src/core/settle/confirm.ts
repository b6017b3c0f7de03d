import type { CouponRow } from '../../db/coupons.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { Change } from '../batch/change.ts'
import { auditRow } from '../command/operator.ts'
import { useOnce } from '../redeem/redeem.ts'
import type { SettleCommand, SettleOutcome } from '../command/settle.ts'
import { outcomeOf, type SettleWorld } from './load.ts'
import { end } from './make.ts'
import { usedNotifications } from '../notify/used.ts'
import type { Decided } from '../batch/verb.ts'

type Settled = Decided<SettleOutcome>

/** A redemption to which the coupon's supplier said yes. */
export function confirmed(world: SettleWorld, request: SupplierRequestRow, { no }: SettleCommand, now: Date): Settled {
  const { redemption, coupon } = subjectOf(world, request)
  Object.assign(redemption, { state: 'succeeded', settledAt: now })
  useOnce(coupon)
  coupon.changedAt = now
  end(request, 'accepted', 'confirmed', now)
  const notifications = usedNotifications(world, coupon, redemption, no, now)
  const change: Change = { ...settled(request, redemption, coupon), notifications }
  return { outcome: outcomeOf(world, request, []), change }
}

/** A redemption that the coupon's supplier refused: the coupon may be used again, and what it took is given back. */
export function denied(
  world: SettleWorld,
  request: SupplierRequestRow,
  words: string,
  { no, operator }: SettleCommand,
  now: Date,
): Settled {
  const { redemption, coupon } = subjectOf(world, request)
  const returned = redemption.uses.filter(([key]) => world.counters.has(key))
  const failure = words.slice(0, 500)
  const detail = { ...redemption.detail, failure }
  Object.assign(redemption, { state: 'failed', settledAt: now, usesReturned: returned, detail })
  if (coupon.state === 'redeeming') coupon.state = 'issued'
  coupon.changedAt = now
  end(request, 'refused', words, now)
  const after = { state: 'failed', failure }
  const audit =
    operator === undefined
      ? []
      : [auditRow({ no }, operator, 'supplier.give-up', 'redemption', redemption.no, { state: 'pending' }, after, now)]
  const change: Change = { ...settled(request, redemption, coupon), givenBack: returned, audit }
  return { outcome: outcomeOf(world, request, []), change }
}

const settled = (request: SupplierRequestRow, redemption: RedemptionRow, coupon: CouponRow): Change => ({
  supplierRequests: [{ ...request }],
  finishedRedemptions: [redemption],
  coupons: [{ ...coupon }],
})

function subjectOf(world: SettleWorld, { no, redemptionNo }: SupplierRequestRow) {
  const redemption: RedemptionRow | undefined = world.redemptions.get(redemptionNo ?? '')
  const coupon: CouponRow | undefined = redemption && world.couponOf(redemption)
  if (redemption === undefined || coupon === undefined) {
    throw new Error(`the redemption of supplier request ${no} or its coupon is missing`)
  }
  return { redemption, coupon }
}
