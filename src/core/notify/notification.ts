import type { CouponRow } from '../../db/coupons.ts'
import type { NotificationFacts, NotificationKind, NotificationRow } from '../../db/notifications.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import { laneIndexOf, makeNumberFor } from '../numbers/numbers.ts'
import type { Setup } from '../set-up/snapshot.ts'

export type { NotificationKind }

type Subject = {
  /** The number of the command that causes it. */
  causeNo: string
  kind: NotificationKind
  lane: number
  face: string
  appId: string
  channelId: string
  orderNo: string
  coupon?: { sourceId: number; serial: number }
  redemptionNo?: string
  url: string
  facts: NotificationFacts
}

/** A notification to be written in the transaction of the change that it tells of; first due after `waitSeconds`. */
export function makeNotification(subject: Subject, waitSeconds: number, now: Date): NotificationRow {
  const { causeNo, coupon, redemptionNo, ...rest } = subject
  return {
    ...rest,
    no: makeNumberFor(subject.kind, causeNo, laneIndexOf(subject.lane), now),
    sourceId: coupon?.sourceId ?? null,
    serial: coupon?.serial ?? null,
    redemptionNo: redemptionNo ?? null,
    state: 'due',
    attempts: 0,
    dueAt: new Date(now.getTime() + waitSeconds * 1000),
    claimId: null,
    claimedUntil: null,
    createdAt: now,
    finishedAt: null,
  }
}

/** What those who tell of coupons know. */
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
  const order = orderOf(orders, coupon)
  const { lane, face, appId, channelId, no: orderNo, redeemUrl } = order
  const { amountFen, realAmountFen, faceValueFen, discountFen } = redemption
  const happenedAt = (redemption.usedAt ?? now).toISOString()
  const facts = { happenedAt, amountFen, realAmountFen, faceValueFen, discountFen }
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

/** Who hears that a coupon ended unused: its channel, where its wire has a word for that. */
export const expiredNotifications = (
  world: Omit<World, 'setup'>,
  coupon: CouponRow,
  causeNo: string,
  now: Date,
): NotificationRow[] => endNotifications(world, coupon, { kind: 'expired', at: coupon.validUntil, causeNo }, now)

/** Who hears that the coupons of an order were all voided: its channel, where its wire has a word for that and it wants it. */
export function voidedNotifications(world: World, coupon: CouponRow, causeNo: string, now: Date): NotificationRow[] {
  const isTold = world.setup.channels.get(coupon.channelId)?.settings.isVoidTold ?? true
  return isTold ? endNotifications(world, coupon, { kind: 'voided', at: now, causeNo }, now) : []
}

function endNotifications(
  { orders, firstWaitSeconds }: Omit<World, 'setup'>,
  coupon: CouponRow,
  { kind, at, causeNo }: { kind: 'expired' | 'voided'; at: Date; causeNo: string },
  now: Date,
): NotificationRow[] {
  const { lane, face, appId, channelId, no: orderNo, expireUrl: url } = orderOf(orders, coupon)
  if (url === null) return []
  const facts = { happenedAt: at.toISOString(), faceValueFen: coupon.faceValueFen }
  const subject = { causeNo, kind, lane, face, appId, channelId, orderNo, coupon, url, facts }
  return [makeNotification(subject, firstWaitSeconds(face), now)]
}

/** That a redemption was taken back, for a channel that wants to hear of it and may have heard of the redemption. */
export function reversedNotifications(
  { setup, firstWaitSeconds, orders }: World,
  redemption: RedemptionRow,
  causeNo: string,
  now: Date,
): NotificationRow[] {
  const order = orderOf(orders, redemption)
  const isTold = setup.channels.get(order.channelId)?.settings.isReversalTold ?? false
  if (!isTold || order.redeemUrl === null) return []
  const { lane, face, appId, channelId, no: orderNo, redeemUrl: url } = order
  const facts = { happenedAt: now.toISOString(), faceValueFen: redemption.faceValueFen }
  const subject = { causeNo, kind: 'reversed' as const, lane, face, appId, channelId, orderNo, url, facts }
  const about = { coupon: redemption, redemptionNo: redemption.no }
  return [makeNotification({ ...subject, ...about }, firstWaitSeconds(face), now)]
}

function orderOf(orders: ReadonlyMap<string, OrderRow>, { orderNo }: { orderNo: string }): OrderRow {
  const order = orders.get(orderNo)
  if (order === undefined) throw new Error(`order ${orderNo} of what is told is missing`)
  return order
}
