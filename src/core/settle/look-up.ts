import { couponKey } from '../coupon/coupon.ts'
import { expiredNotifications } from '../notify/expired.ts'
import { auditRow } from '../command/operator.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { SettleCommand, SettleOutcome } from '../command/settle.ts'
import { outcomeOf, type SettleWorld } from './load.ts'
import { end } from './make.ts'
import type { Decided } from '../batch/verb.ts'

/**
 * The supplier has said what became of a coupon that is past its end, or an operator in its place. A use that it told of
 * is recorded before, so that the coupon's own state says whether anybody has to hear that it expired.
 */
export function lookedUp(
  world: SettleWorld,
  request: SupplierRequestRow,
  { no, said, operator }: SettleCommand,
  now: Date,
): Decided<SettleOutcome> {
  const coupon = world.couponOf(request)
  if (coupon === undefined) throw new Error(`the coupon of supplier request ${request.no} is missing`)
  const isTold = coupon.state === 'expired' && !world.isExpiryTold(coupon)
  const words = said.kind === 'refused' ? said.words : `the coupon is ${coupon.state}`
  end(request, said.kind === 'refused' ? 'refused' : 'accepted', words, now)
  const [before, after] = [{ state: 'pending' }, { state: coupon.state, failure: words }]
  const audit =
    operator === undefined
      ? []
      : [auditRow({ no }, operator, 'supplier.give-up', 'coupon', couponKey(coupon), before, after, now)]
  const notifications = isTold ? expiredNotifications(world, coupon, no, now) : []
  return {
    outcome: outcomeOf(world, request, []),
    change: { supplierRequests: [{ ...request }], notifications, audit },
  }
}
