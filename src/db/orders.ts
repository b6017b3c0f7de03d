import { transientError, type Queryable, type Tx } from './client/client.ts'
import type { CouponName } from './coupons.ts'
import { insertRows } from './client/rows.ts'

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
  expireUrl: string | null
  /** What the channel calls the request, and what it wants to read again. */
  requestId: string | null
  remark: string | null
  mobile: Buffer | null
  mobileHash: Buffer | null
  terms: OrderTerms
  /** Who makes its codes; null: they are our own, or those of a pool. */
  supplierId: string | null
  /** What the whole order costs its channel, in fen, fixed when it was accepted; null: an order of before prices. */
  settlementPriceFen: number | null
  /** Why it failed: what the supplier said, and which refusal of the hub's list that is, where it said so clearly. */
  failure: string | null
  failureCode: string | null
  createdAt: Date
  finishedAt: Date | null
}

/** What an order asked for besides its template. Instants as ISO 8601 text, amounts in fen. */
export type OrderTerms = {
  validFrom?: string
  validUntil?: string
  isInactive?: boolean
  /** Who bears the face value of one coupon: the channel, the merchant, or the holder who bought it. */
  funds?: { channelBenefitFen: number; merchantBenefitFen: number; userRealAmountFen: number }
  /** What the channel calls its one item. */
  itemNo?: string
  /** The WeChat app in which the holder has its openid. */
  wechatAppId?: string
  /** Whether its codes go to the channel encrypted, never in the clear. */
  isCodeSealed?: boolean
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

/** The orders of all channels under a number of theirs, in its lane. */
export async function findOrdersByExternalNo(sql: Queryable, lane: number, externalNo: string): Promise<OrderRow[]> {
  return sql<OrderRow[]>`
    select * from orders where lane = ${lane} and external_no = ${externalNo} order by channel_id limit 100`
}

/** Locks an order and reads it. */
export async function lockOrder(tx: Tx, lane: number, no: string): Promise<OrderRow> {
  const [order] = await tx<OrderRow[]>`select * from orders where lane = ${lane} and no = ${no} for update`
  if (order === undefined) throw new Error(`order ${no} is missing`)
  return order
}

/** Makes failed orders anew, under their numbers. Each must have failed, or the whole batch fails. */
export async function remakeOrders(tx: Tx, orders: OrderRow[]): Promise<void> {
  for (const { lane, no, state, requestId, remark, mobile, mobileHash, terms, finishedAt, ...rest } of orders) {
    const updated = await tx`
      update orders set state = ${state}, failure = null, failure_code = null, finished_at = ${finishedAt}, request_id = ${requestId},
        remark = ${remark}, mobile = ${mobile}, mobile_hash = ${mobileHash},
        terms = ${JSON.stringify(terms)}::text::jsonb, supplier_id = ${rest.supplierId},
        redeem_url = ${rest.redeemUrl}, expire_url = ${rest.expireUrl}, issue_url = ${rest.issueUrl},
        settlement_price_fen = ${rest.settlementPriceFen}
      where lane = ${lane} and no = ${no} and state = 'failed'`
    if (updated.count !== 1) throw transientError(`order ${no} is being made anew by another request`)
  }
}

/** Ends pending orders. Each must be pending, or the whole batch fails. */
export async function finishOrders(
  tx: Tx,
  orders: Pick<OrderRow, 'lane' | 'no' | 'state' | 'failure' | 'failureCode' | 'finishedAt'>[],
): Promise<void> {
  for (const { lane, no, state, failure, failureCode, finishedAt } of orders) {
    const updated = await tx`
      update orders set state = ${state}, failure = ${failure}, failure_code = ${failureCode}, finished_at = ${finishedAt}
      where lane = ${lane} and no = ${no} and state = 'pending'`
    if (updated.count !== 1) throw new Error(`order ${no} is not pending`)
  }
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
 * Locks orders in key order, behind their coupons, so that of two who change different coupons of an order the second sees
 * what the first has done. What else is wanted of them is read by a later statement.
 */
export async function lockOrders(tx: Tx, names: { lane: number; no: string }[]): Promise<void> {
  if (names.length === 0) return
  const ordered = names.toSorted((a, b) => a.lane - b.lane || (a.no < b.no ? -1 : 1))
  await tx`
    select 1 from unnest(${ordered.map(({ lane }) => lane)}::int[], ${ordered.map(({ no }) => no)}::text[]) as x (lane, no),
      lateral (select 1 from orders where lane = x.lane and no = x.no for no key update) o`
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
