import type { Queryable, Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'
import type { OrderRow } from './orders.ts'

/**
 * `supplier_used`: a supplier hears that one of its codes was used. `changed`: what became of a batch of coupons that a
 * channel changed. `message`: the holder gets a short message. `voided`: the last coupon of an order was voided.
 */
export const notificationKinds = [
  'issued',
  'used',
  'expired',
  'reversed',
  'supplier_used',
  'changed',
  'message',
  'voided',
] as const
export type NotificationKind = (typeof notificationKinds)[number]

/** That someone must be told. `facts` hold what the order, the coupon and the redemption do not say any more later. */
export type NotificationRow = {
  lane: number
  no: string
  kind: NotificationKind
  face: string
  appId: string
  channelId: string
  orderNo: string
  sourceId: number | null
  serial: number | null
  redemptionNo: string | null
  url: string
  facts: NotificationFacts
  state: 'due' | 'delivered' | 'given_up' | 'withdrawn'
  attempts: number
  dueAt: Date | null
  claimId: string | null
  claimedUntil: Date | null
  createdAt: Date
  finishedAt: Date | null
}

/** Business facts of the moment; instants as ISO 8601 text. */
export type NotificationFacts = {
  happenedAt: string
  failure?: string
  amountFen?: number | null
  realAmountFen?: number | null
  faceValueFen?: number
  /** What a redemption took off; absent where it was told of before this was kept. */
  discountFen?: number | null
  /** What must not be read in the table, encrypted and in Base64: the codes of a `changed`. */
  sealed?: string
}

export const insertNotifications = (tx: Tx, rows: NotificationRow[]): Promise<number> =>
  insertRows(tx, 'notifications', rows)

/**
 * Withdraws the notifications of redemptions that nobody has tried to deliver, and returns the numbers of those
 * redemptions of which the channel was not told. One that is claimed may have been sent at this instant: it stands.
 */
export async function withdrawUntried(
  tx: Tx,
  redemptions: { lane: number; orderNo: string; no: string }[],
  at: Date,
): Promise<string[]> {
  if (redemptions.length === 0) return []
  const rows = await tx<{ redemptionNo: string; kind: NotificationKind }[]>`
    update notifications set state = 'withdrawn', due_at = null, finished_at = ${at}
    from unnest(${redemptions.map((row) => row.lane)}::int[], ${redemptions.map((row) => row.orderNo)}::text[],
        ${redemptions.map((row) => row.no)}::text[]) as x (lane, order_no, no)
    where notifications.lane = x.lane and notifications.order_no = x.order_no and redemption_no = x.no
      and kind in ('used', 'supplier_used') and state = 'due' and attempts = 0 and claim_id is null
    returning redemption_no, kind`
  return rows.filter(({ kind }) => kind === 'used').map((row) => row.redemptionNo)
}

/**
 * Withdraws what was to be told of orders that were made, where nobody is telling it at this instant: it was not heard, and
 * something else is told in its place.
 */
export async function withdrawIssues(
  tx: Tx,
  orders: readonly Pick<OrderRow, 'lane' | 'no'>[],
  at: Date,
): Promise<void> {
  if (orders.length === 0) return
  await tx`
    update notifications n set state = 'withdrawn', due_at = null, finished_at = ${at}
    from unnest(${orders.map(({ lane }) => lane)}::int[], ${orders.map(({ no }) => no)}::text[]) as x (lane, no)
    where n.lane = x.lane and n.order_no = x.no and n.kind = 'issued' and n.state = 'due' and n.claim_id is null`
}

/** Withdraws the short messages of an order that nobody is sending at this instant. */
export async function withdrawMessages(tx: Tx, lane: number, orderNo: string, at: Date): Promise<void> {
  await tx`
    update notifications set state = 'withdrawn', due_at = null, finished_at = ${at}
    where lane = ${lane} and order_no = ${orderNo} and kind = 'message' and state = 'due' and claim_id is null`
}

type CouponOfOrder = { lane: number; orderNo: string; sourceId: number; serial: number }

/** What is told, or was, of coupons that ended unused; what was withdrawn is left out. */
export async function readExpiries(sql: Queryable, coupons: CouponOfOrder[]): Promise<NotificationRow[]> {
  if (coupons.length === 0) return []
  return sql<NotificationRow[]>`
    select n.* from unnest(${coupons.map((one) => one.lane)}::int[], ${coupons.map((one) => one.orderNo)}::text[],
        ${coupons.map((one) => one.sourceId)}::int[], ${coupons.map((one) => one.serial)}::bigint[])
      as x (lane, order_no, source_id, serial),
      lateral (select * from notifications where lane = x.lane and order_no = x.order_no and source_id = x.source_id
        and serial = x.serial and kind = 'expired' and state <> 'withdrawn' limit 100) n`
}

/**
 * Withdraws that coupons ended unused, where that is still due: they were used. What is claimed may have been sent at this
 * instant: it stands.
 */
export async function withdrawExpiries(tx: Tx, coupons: CouponOfOrder[], at: Date): Promise<void> {
  if (coupons.length === 0) return
  await tx`
    update notifications n set state = 'withdrawn', due_at = null, finished_at = ${at}
    from unnest(${coupons.map((one) => one.lane)}::int[], ${coupons.map((one) => one.orderNo)}::text[],
        ${coupons.map((one) => one.sourceId)}::int[], ${coupons.map((one) => one.serial)}::bigint[])
      as x (lane, order_no, source_id, serial)
    where n.lane = x.lane and n.order_no = x.order_no and n.source_id = x.source_id and n.serial = x.serial
      and n.kind = 'expired' and n.state = 'due' and n.claim_id is null`
}

export async function readNotificationsOfOrder(
  sql: Queryable,
  lane: number,
  orderNo: string,
): Promise<NotificationRow[]> {
  return sql<NotificationRow[]>`
    select * from notifications where lane = ${lane} and order_no = ${orderNo} order by created_at, no`
}
