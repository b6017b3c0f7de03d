import { insertAudit } from '../../db/audit.ts'
import { readCouponsOfOrders, type CouponRow } from '../../db/coupons.ts'
import {
  insertNotifications,
  readNotificationsOfOrder,
  withdrawMessages,
  type NotificationRow,
} from '../../db/notifications.ts'
import { findOrdersByExternalNo, lockOrder, type OrderRow } from '../../db/orders.ts'
import { readRedemptionsOfCoupons, type RedemptionRow } from '../../db/redemptions.ts'
import type { Queryable } from '../../db/client/client.ts'
import type { Core } from '../core.ts'
import { refuse } from '../command/errors.ts'
import { messageNotifications } from '../issue/make.ts'
import { laneOf, makeNumber } from '../numbers/numbers.ts'
import { auditRow, type Operator } from '../command/command.ts'

/** An order as the back office asks for it: by the channel's number; `channelId` where several channels have it. */
export type OrderQuestion = { externalNo: string; channelId?: string | undefined }

/** What is told about an order, and to whom it went. */
export type OrderNotices = {
  order: OrderRow
  coupons: CouponRow[]
  /** The short messages to the holder, the newest first. */
  messages: NotificationRow[]
  mobile: string | undefined
  /** Each redemption with its code and what its channel was told, the newest first. */
  redemptions: { redemption: RedemptionRow; code: string; notification: NotificationRow | undefined }[]
}

/** Looks in one lane. Refuses with `order_not_found`, and with `bad_request` where the number alone says not whose it is. */
export async function findOrderNotices(core: Core, question: OrderQuestion): Promise<OrderNotices> {
  const { database, keyring } = core.hub
  const order = await findOne(database.sql, question)
  const coupons = await readCouponsOfOrders(database.sql, [order])
  const [notifications, redemptions] = await Promise.all([
    readNotificationsOfOrder(database.sql, order.lane, order.no),
    readRedemptionsOfCoupons(database.sql, coupons),
  ])
  const newestFirst = (a: RedemptionRow, b: RedemptionRow): number => b.createdAt.getTime() - a.createdAt.getTime()
  const sorted = redemptions.toSorted(newestFirst)
  const codes = await core.revealCodes(sorted)
  return {
    order,
    coupons,
    messages: notifications.filter(({ kind }) => kind === 'message').toReversed(),
    mobile: order.mobile === null ? undefined : keyring.decrypt(order.mobile),
    redemptions: sorted.map((redemption, i) => ({
      redemption,
      code: codes[i]!,
      notification: notifications.find(({ kind, redemptionNo }) => kind === 'used' && redemptionNo === redemption.no),
    })),
  }
}

async function findOne(sql: Queryable, { externalNo, channelId }: OrderQuestion): Promise<OrderRow> {
  const found = await findOrdersByExternalNo(sql, laneOf(externalNo), externalNo)
  const meant = channelId === undefined ? found : found.filter((order) => order.channelId === channelId)
  const [order, ...others] = meant
  if (order === undefined) return refuse('order_not_found', `there is no order ${externalNo}`)
  if (others.length === 0) return order
  const field = 'saleChannelId'
  return refuse('bad_request', `${field}: several channels have order ${externalNo}: say which is meant`, { field })
}

const pauseSeconds = 60

/**
 * Sends the holder's message once more. One that is still due is withdrawn in the same transaction, so that the holder
 * does not get two. Refuses an order without a number or without codes with `coupon_state_conflict`, and another
 * message within a minute of the last with `too_many_requests`.
 */
export async function retryMessage(core: Core, operator: Operator, question: OrderQuestion): Promise<void> {
  const { database, config, now: clock } = core.hub
  await database.transaction(async (tx) => {
    const { lane, no } = await findOne(tx, question)
    const order = await lockOrder(tx, lane, no)
    const now = clock()
    const earlier = (await readNotificationsOfOrder(tx, lane, no)).filter(({ kind }) => kind === 'message')
    if (earlier.some(({ createdAt }) => now.getTime() - createdAt.getTime() < pauseSeconds * 1000)) {
      refuse('too_many_requests', `the last message of order ${no} is less than ${pauseSeconds} s old`)
    }
    const tellers = { firstWaitSeconds: core.firstWaitSeconds, messageUrl: config.smsUrl }
    const actNo = makeNumber(0, now)
    const rows = order.state === 'succeeded' ? messageNotifications(tellers, order, actNo, now) : []
    if (rows.length === 0) refuse('coupon_state_conflict', `order ${no} has no message to send`)
    await withdrawMessages(tx, lane, no, now)
    await insertNotifications(tx, rows)
    const act = auditRow({ no: actNo }, operator, 'order.message', 'order', no, null, { no: rows[0]!.no }, now)
    await insertAudit(tx, [act])
  })
}
