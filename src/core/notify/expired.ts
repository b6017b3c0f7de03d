import type { CouponRow } from '../../db/coupons.ts'
import type { NotificationRow } from '../../db/notifications.ts'
import type { OrderRow } from '../../db/orders.ts'
import { makeNotification } from './notification.ts'

type World = { firstWaitSeconds: (face: string) => number; orders: ReadonlyMap<string, OrderRow> }

/** Who hears that a coupon ended unused: its channel, where its wire has a word for that. */
export function expiredNotifications(
  { orders, firstWaitSeconds }: World,
  coupon: CouponRow,
  causeNo: string,
  now: Date,
): NotificationRow[] {
  const order = orders.get(coupon.orderNo)
  if (order === undefined) throw new Error(`order ${coupon.orderNo} of a coupon is missing`)
  if (order.expireUrl === null) return []
  const { lane, face, appId, channelId, no: orderNo, expireUrl: url } = order
  const facts = { happenedAt: coupon.validUntil.toISOString(), faceValueFen: coupon.faceValueFen }
  const subject = { causeNo, kind: 'expired' as const, lane, face, appId, channelId, orderNo, coupon, url, facts }
  return [makeNotification(subject, firstWaitSeconds(face), now)]
}
