import type { Telling } from '../core/notify/callback.ts'
import { loadPoolCodes, revealCode, type PoolCodes } from '../core/coupon/reveal.ts'
import { couponKey } from '../core/coupon/coupon.ts'
import { pairKey, type Setup } from '../core/set-up/snapshot.ts'
import type { Queryable } from '../db/client/client.ts'
import { readCoupons, readCouponsOfOrders, type CouponName, type CouponRow } from '../db/coupons.ts'
import type { NotificationRow } from '../db/notifications.ts'
import { readOrders, type OrderRow } from '../db/orders.ts'
import { readRedemptions, type RedemptionRow } from '../db/redemptions.ts'
import type { Keyring } from '../keyring.ts'

/** What is to be told, or why it cannot be put together: one broken row must not hold up the others of its batch. */
export type Gathered<Row extends NotificationRow> = { notification: Row; telling: Telling | Error }

type Sources = {
  setup: Setup
  keyring: Keyring
  orders: Map<string, OrderRow>
  /** By their own keys; and, where a notification is about no coupon, all of its order. */
  coupons: Map<string, CouponRow>
  couponsOfOrders: Map<string, CouponRow[]>
  redemptions: Map<string, RedemptionRow>
  poolCodes: PoolCodes
}

/** Reads for a whole batch what the faces need to tell it. The number of statements does not depend on the batch. */
export async function gatherTellings<Row extends NotificationRow>(
  sql: Queryable,
  setup: Setup,
  keyring: Keyring,
  notifications: readonly Row[],
): Promise<Gathered<Row>[]> {
  const named = notifications.flatMap((notification) => couponNameOf(notification) ?? [])
  const unnamed = notifications.filter((notification) => couponNameOf(notification) === undefined)
  const [orders, coupons, couponsOfOrders, redemptions] = await Promise.all([
    readOrders(sql, orderNames(notifications)),
    readCoupons(sql, named),
    readCouponsOfOrders(sql, orderNames(unnamed)),
    readRedemptions(
      sql,
      notifications.flatMap(({ lane, redemptionNo }) => (redemptionNo === null ? [] : [{ lane, no: redemptionNo }])),
    ),
  ])
  const sources: Sources = {
    setup,
    keyring,
    orders: new Map(orders.map((order) => [order.no, order])),
    coupons: new Map(coupons.map((coupon) => [couponKey(coupon), coupon])),
    couponsOfOrders: byOrder(couponsOfOrders),
    redemptions: new Map(redemptions.map((redemption) => [redemption.no, redemption])),
    poolCodes: await loadPoolCodes(sql, [...coupons, ...couponsOfOrders], setup),
  }
  return notifications.map((notification) => ({ notification, telling: assemble(sources, notification) }))
}

// Two notifications may be about the same order: whose coupons are not to be read twice.
const orderNames = (notifications: readonly NotificationRow[]): { lane: number; no: string }[] => [
  ...new Map(notifications.map(({ lane, orderNo }) => [orderNo, { lane, no: orderNo }])).values(),
]

function byOrder(coupons: readonly CouponRow[]): Map<string, CouponRow[]> {
  const groups = new Map<string, CouponRow[]>()
  for (const coupon of coupons) {
    const group = groups.get(coupon.orderNo)
    if (group === undefined) groups.set(coupon.orderNo, [coupon])
    else group.push(coupon)
  }
  return groups
}

function couponNameOf({ lane, sourceId, serial }: NotificationRow): CouponName | undefined {
  return sourceId === null || serial === null ? undefined : { lane, sourceId, serial }
}

function assemble(sources: Sources, notification: NotificationRow): Telling | Error {
  try {
    const { setup, keyring, poolCodes } = sources
    const order = found(sources.orders.get(notification.orderNo), `order ${notification.orderNo}`)
    const coupons = couponsToTell(sources, notification)
    const codes = coupons.map((coupon) => revealCode(coupon, setup, poolCodes, keyring))
    const { activityId, templateId } = order
    return {
      notification,
      order,
      app: found(setup.apps.get(pairKey(notification.face, notification.appId)), `app ${notification.appId}`),
      channel: found(setup.channels.get(notification.channelId), `channel ${notification.channelId}`),
      activity: found(setup.activities.get(activityId), `activity ${activityId}`),
      template: found(setup.templates.get(templateId), `template ${templateId}`),
      ticketId: setup.activityTemplates.get(pairKey(activityId, templateId))?.ticketId,
      coupon: coupons[0],
      code: codes[0],
      codes,
      redemption: sources.redemptions.get(notification.redemptionNo ?? ''),
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function couponsToTell(sources: Sources, notification: NotificationRow): CouponRow[] {
  const name = couponNameOf(notification)
  if (name === undefined) return sources.couponsOfOrders.get(notification.orderNo) ?? []
  const coupon = sources.coupons.get(couponKey(name))
  return coupon === undefined ? [] : [coupon]
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} of a notification is missing`)
  return value
}
