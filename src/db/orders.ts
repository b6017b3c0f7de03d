import type { Queryable, Tx } from './client.ts'
import type { CouponName } from './coupons.ts'
import { insertRows } from './rows.ts'

export type OrderRow = {
  lane: number
  no: string
  channelId: string
  externalNo: string
  face: string
  appId: string
  activityId: string
  templateId: string
  state: 'pending' | 'succeeded' | 'failed'
  quantity: number
  memberId: string | null
  openid: Buffer | null
  openidHash: Buffer | null
  fingerprint: Buffer
  issueUrl: string | null
  redeemUrl: string | null
  failure: string | null
  createdAt: Date
  finishedAt: Date | null
}

/** Inserted in key order: two batches with the same orders then wait for each other in one direction. */
export const insertOrders = (tx: Tx, rows: OrderRow[]): Promise<number> =>
  insertRows(tx, 'orders', rows.toSorted(compareExternalNames))

const compareExternalNames = (a: OrderRow, b: OrderRow): number =>
  a.lane - b.lane || compareText(a.channelId, b.channelId) || compareText(a.externalNo, b.externalNo)

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** Finds orders by what the partner calls them. Each triple names at most one order. */
export async function findOrders(
  sql: Queryable,
  names: { lane: number; channelId: string; externalNo: string }[],
): Promise<OrderRow[]> {
  if (names.length === 0) return []
  return sql<OrderRow[]>`
    select o.*
    from unnest(${names.map((name) => name.lane)}::int[], ${names.map((name) => name.channelId)}::text[],
        ${names.map((name) => name.externalNo)}::text[]) as x (lane, channel_id, external_no),
      lateral (select * from orders
        where lane = x.lane and channel_id = x.channel_id and external_no = x.external_no limit 1) o`
}

/** Reads orders by our own numbers. */
export async function readOrders(sql: Queryable, names: { lane: number; no: string }[]): Promise<OrderRow[]> {
  if (names.length === 0) return []
  return sql<OrderRow[]>`
    select o.*
    from unnest(${names.map((name) => name.lane)}::int[], ${names.map((name) => name.no)}::text[]) as x (lane, no),
      lateral (select * from orders where lane = x.lane and no = x.no limit 1) o`
}

/**
 * Reads the orders of coupons that are being locked by the statement before it on the same connection: one round trip
 * less than to wait for their numbers. What an order says never changes once it has succeeded.
 */
export async function readOrdersOfCoupons(sql: Queryable, coupons: CouponName[]): Promise<OrderRow[]> {
  if (coupons.length === 0) return []
  return sql<OrderRow[]>`
    select o.*
    from unnest(${coupons.map((coupon) => coupon.lane)}::int[], ${coupons.map((coupon) => coupon.sourceId)}::int[],
        ${coupons.map((coupon) => coupon.serial)}::bigint[]) as x (lane, source_id, serial),
      lateral (select order_no from coupons
        where lane = x.lane and source_id = x.source_id and serial = x.serial limit 1) c,
      lateral (select * from orders where lane = x.lane and no = c.order_no limit 1) o`
}
