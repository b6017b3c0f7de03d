import type { Telling } from '../core/callback.ts'
import { loadPoolCodes, revealCode, type PoolCodes } from '../core/codes/reveal.ts'
import { couponKey } from '../core/coupon.ts'
import { pairKey, type Setup } from '../core/set-up/snapshot.ts'
import type { Queryable } from '../db/client.ts'
import { readCoupons, readCouponsOfOrders, type CouponName, type CouponRow } from '../db/coupons.ts'
import type { NotificationRow } from '../db/notifications.ts'
import { readOrders, type OrderRow } from '../db/orders.ts'
import type { Keyring } from '../keyring.ts'

/** What is to be told, or why it cannot be put together: one broken row must not hold up the others of its batch. */
export type Gathered<Row extends NotificationRow> = { notification: Row; telling: Telling | Error }

type Sources = {
  setup: Setup
  keyring: Keyring
  orders: Map<string, OrderRow>
  coupons: Map<string, CouponRow>
  firstCoupons: Map<string, CouponRow>
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
  const [orders, coupons, couponsOfOrders] = await Promise.all([
    readOrders(
      sql,
      notifications.map(({ lane, orderNo }) => ({ lane, no: orderNo })),
    ),
    readCoupons(sql, named),
    readCouponsOfOrders(
      sql,
      unnamed.map(({ lane, orderNo }) => ({ lane, no: orderNo })),
    ),
  ])
  const sources: Sources = {
    setup,
    keyring,
    orders: new Map(orders.map((order) => [order.no, order])),
    coupons: new Map(coupons.map((coupon) => [couponKey(coupon), coupon])),
    // The last one set stays: reversed, that is the order's first.
    firstCoupons: new Map(couponsOfOrders.toReversed().map((coupon) => [coupon.orderNo, coupon])),
    poolCodes: await loadPoolCodes(sql, [...coupons, ...couponsOfOrders], setup),
  }
  return notifications.map((notification) => ({ notification, telling: assemble(sources, notification) }))
}

function couponNameOf({ lane, sourceId, serial }: NotificationRow): CouponName | undefined {
  return sourceId === null || serial === null ? undefined : { lane, sourceId, serial }
}

function assemble(sources: Sources, notification: NotificationRow): Telling | Error {
  try {
    const { setup, keyring, poolCodes } = sources
    const order = found(sources.orders.get(notification.orderNo), `order ${notification.orderNo}`)
    const name = couponNameOf(notification)
    const coupon = name === undefined ? sources.firstCoupons.get(order.no) : sources.coupons.get(couponKey(name))
    const app = found(setup.apps.get(pairKey(notification.face, notification.appId)), `app ${notification.appId}`)
    const channel = found(setup.channels.get(notification.channelId), `channel ${notification.channelId}`)
    const template = found(setup.templates.get(order.templateId), `template ${order.templateId}`)
    const code = coupon === undefined ? undefined : revealCode(coupon, setup, poolCodes, keyring)
    return { notification, order, app, channel, template, coupon, code }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} of a notification is missing`)
  return value
}
