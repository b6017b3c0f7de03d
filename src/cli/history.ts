import { couponKey, stateAt } from '../core/coupon/coupon.ts'
import type { Core } from '../core/core.ts'
import type { AuditRow } from '../db/audit.ts'
import type { CouponRow } from '../db/coupons.ts'
import { readDeliveries, type DeliveryRow } from '../db/deliveries.ts'
import { readNotificationsOfOrder, type NotificationRow } from '../db/notifications.ts'
import { readOrders, type OrderRow } from '../db/orders.ts'
import { readRedemptionsOfCoupons, type RedemptionRow } from '../db/redemptions.ts'
import { searchAudit } from '../db/search.ts'
import { showTime, showYuan, counted } from './show.ts'

/** One thing that happened to a coupon. */
type HistoryEvent = { at: Date; what: string; words: string }

const audited = 1_000

/** The whole life of a coupon, the oldest first: order, redemptions, what was told and how, acts of operators. */
export async function readHistory(core: Core, coupon: CouponRow): Promise<HistoryEvent[]> {
  const { sql } = core.hub.database
  const [[order], redemptions, notifications, coupons] = await Promise.all([
    readOrders(sql, [{ lane: coupon.lane, no: coupon.orderNo }]),
    readRedemptionsOfCoupons(sql, [coupon]),
    readNotificationsOfOrder(sql, coupon.lane, coupon.orderNo),
    searchAudit(sql, { subjectKind: 'coupon', subjectId: couponKey(coupon), limit: audited }),
  ])
  const own = notifications.filter((row) => row.serial === null || isOf(row, coupon))
  const acts = await Promise.all(
    redemptions.map(({ no }) => searchAudit(sql, { subjectKind: 'redemption', subjectId: no, limit: audited })),
  )
  const told = await Promise.all(own.map(async (row) => tellingEvents(row, await readDeliveries(sql, row))))
  const events = [
    ...(order === undefined ? [] : orderEvents(order, coupon)),
    ...redemptions.flatMap(redemptionEvents),
    ...told.flat(),
    ...[...coupons, ...acts.flat()].map(actEvent),
    ...endEvents(coupon, core.hub.now()),
  ]
  return events.toSorted((a, b) => a.at.getTime() - b.at.getTime())
}

const isOf = (row: NotificationRow, coupon: CouponRow): boolean =>
  row.sourceId === coupon.sourceId && row.serial === coupon.serial

function orderEvents(order: OrderRow, coupon: CouponRow): HistoryEvent[] {
  const holder = order.memberId === null ? '' : ` to member ${order.memberId}`
  const number = `order ${order.externalNo} of channel ${order.channelId} (ours: ${order.no})`
  const words = `${number}${holder}, ${showYuan(coupon.faceValueFen)} yuan`
  return [{ at: coupon.createdAt, what: 'issued', words }]
}

const redemptionWhat = { pending: 'redeeming', succeeded: 'redeemed', reversed: 'redeemed', failed: 'failed' } as const

function redemptionEvents(row: RedemptionRow): HistoryEvent[] {
  const amount = row.amountFen === null ? '' : `, of ${showYuan(row.amountFen)} yuan`
  const trace = row.traceNo === null ? '' : `, trace number ${row.traceNo}`
  const cause = row.state === 'failed' && row.detail.failure !== undefined ? `: ${row.detail.failure}` : ''
  const words = `redemption ${row.no} ${placeOf(row)}${amount}${trace}${cause}`
  const redeemed = { at: row.createdAt, what: redemptionWhat[row.state], words }
  if (row.reversedAt === null) return [redeemed]
  return [redeemed, { at: row.reversedAt, what: 'reversed', words: `redemption ${row.no}` }]
}

function placeOf({ shopNo, merchantNo, acceptorId, toldBy }: RedemptionRow): string {
  if (toldBy === null) return `at shop ${shopNo} of merchant ${merchantNo} (${acceptorId})`
  return `told by supplier ${toldBy}${merchantNo === '' ? '' : `, of merchant ${merchantNo}`}`
}

function tellingEvents(row: NotificationRow, deliveries: DeliveryRow[]): HistoryEvent[] {
  const due = row.dueAt === null ? '' : `, next attempt ${showTime(row.dueAt)}`
  const words = `notification ${row.no} (${row.kind}) to ${row.url}: ${row.state}, ${counted(row.attempts, 'attempt')}${due}`
  return [{ at: row.createdAt, what: 'to tell', words }, ...deliveries.map((delivery) => deliveryEvent(row, delivery))]
}

function deliveryEvent(row: NotificationRow, delivery: DeliveryRow): HistoryEvent {
  const { attempt, isManual, outcome, httpStatus, durationMilliseconds, error } = delivery
  const status = httpStatus === null ? '' : `, HTTP ${httpStatus}`
  const cause = error === null ? '' : `: ${error}`
  const hand = isManual ? ' by hand' : ''
  const words = `${row.kind}, attempt ${attempt}${hand}: ${outcome}${status} after ${durationMilliseconds} ms${cause}`
  return { at: delivery.startedAt, what: 'told', words }
}

/** An act of an operator, with what it changed. */
export function actEvent(row: AuditRow): HistoryEvent {
  const reason = row.reason === null ? '' : `, because: ${row.reason}`
  const change = `${JSON.stringify(row.before)} → ${JSON.stringify(row.after)}`
  return { at: row.at, what: 'act', words: `${row.act} by ${row.actor}${reason}, ${change}` }
}

// An end that nobody acted on is nowhere written down but in the coupon itself.
function endEvents(coupon: CouponRow, now: Date): HistoryEvent[] {
  if (stateAt(coupon, now) !== 'expired') return []
  return [{ at: coupon.validUntil, what: 'expired', words: 'its validity ended, unused' }]
}
