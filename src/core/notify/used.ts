import type { CouponRow } from '../../db/coupons.ts'
import type { NotificationRow } from '../../db/notifications.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import { makeNotification } from './notification.ts'
import type { Setup } from '../set-up/snapshot.ts'

type World = {
  setup: Setup
  firstWaitSeconds: (protocol: string) => number
  orders: ReadonlyMap<string, OrderRow>
}

/** Who hears that a coupon was used: its channel, and besides the supplier that made it, where it has an address for that. */
export function usedNotifications(
  { setup, firstWaitSeconds, orders }: World,
  coupon: CouponRow,
  redemption: RedemptionRow,
  causeNo: string,
  now: Date,
): NotificationRow[] {
  const order = orders.get(coupon.orderNo)
  if (order === undefined) throw new Error(`order ${coupon.orderNo} of a coupon is missing`)
  const { lane, face, appId, channelId, no: orderNo, redeemUrl } = order
  const { amountFen, realAmountFen, faceValueFen } = redemption
  const facts = { happenedAt: (redemption.usedAt ?? now).toISOString(), amountFen, realAmountFen, faceValueFen }
  const subject = { causeNo, lane, appId, channelId, orderNo, facts, coupon, redemptionNo: redemption.no }
  const channel =
    redeemUrl === null
      ? []
      : [makeNotification({ ...subject, kind: 'used', face, url: redeemUrl }, firstWaitSeconds(face), now)]
  const url = setup.suppliers.get(order.supplierId ?? '')?.settings['verifyNotifyURL']
  // Who told us of it knows it.
  if (typeof url !== 'string' || redemption.toldBy === order.supplierId) return channel
  const supplier = makeNotification({ ...subject, kind: 'supplier_used', face, url }, firstWaitSeconds('whale'), now)
  return [...channel, supplier]
}
