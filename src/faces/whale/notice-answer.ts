import { z } from 'zod'
import { stateAt } from '../../core/coupon/coupon.ts'
import type { OrderNotices, OrderQuestion } from '../../core/back-office/order-notices.ts'
import type { JsonObject } from '../../wire/json.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { readFields } from '../fields.ts'
import { orderResult } from './order-answer.ts'
import { id, oneOf, optional, required } from './whale-fields.ts'

const schema = z.object({
  saleChannelOrderId: required(id(64)),
  saleChannelId: optional(id(64)),
  notifyKind: optional(oneOf('make', 'verify')),
})

/** Which order the back office asks about, and about which of its notifications. */
export function readNoticeQuestion(fields: JsonObject): OrderQuestion & { isOfVerify: boolean } {
  const { saleChannelOrderId, saleChannelId: channelId, notifyKind } = readFields(schema, fields)
  return { externalNo: saleChannelOrderId, channelId, isOfVerify: notifyKind === 'verify' }
}

/** The answer of makeNotifyQuery and makeNotifyRetry, by the document's table. */
export function makeNoticeAnswer(notices: OrderNotices, now: Date) {
  const { order, messages, mobile } = notices
  const latest = messages[0]
  const updatedAt = latest?.finishedAt ?? latest?.createdAt ?? order.finishedAt ?? order.createdAt
  return {
    notifyId: latest?.no ?? '',
    ...orderFields(notices, now),
    orderMobile: mobile ?? '',
    isNotify: told(messages.some(({ state }) => state === 'delivered')),
    ...dateFields('update', updatedAt),
  }
}

/** The answer of verifyNotifyQuery: the latest redemption at the top, all of them in `items`. */
export function verifyNoticeAnswer(notices: OrderNotices, now: Date) {
  const { order, mobile } = notices
  // What its supplier has not granted is no redemption to tell of.
  const redemptions = notices.redemptions.filter(({ redemption: { state } }) =>
    ['succeeded', 'reversed'].includes(state),
  )
  const items = redemptions.map(({ redemption, code, notification }) => ({
    notifyId: notification?.no ?? '',
    orderNo: redemption.no,
    requestId: redemption.detail.requestId ?? redemption.traceNo ?? '',
    code,
    verifyTime: formatShanghaiCompact(redemption.createdAt),
    isNotify: told(notification?.state === 'delivered'),
    isVoided: redemption.state === 'reversed' ? 'Y' : 'N',
    attempts: notification?.attempts ?? 0,
    updateTime: formatShanghaiCompact(notification?.finishedAt ?? redemption.createdAt),
  }))
  const latest = redemptions[0]
  return {
    notifyId: items[0]?.notifyId ?? '',
    ...orderFields(notices, now),
    orderMobile: mobile ?? '',
    isNotify: items[0]?.isNotify ?? told(false),
    ...dateFields('update', latest?.notification?.finishedAt ?? latest?.redemption.createdAt ?? order.createdAt),
    items,
  }
}

const told = (isTold: boolean): string => (isTold ? '已通知' : '未通知')

function orderFields({ order, coupons }: OrderNotices, now: Date) {
  const { returnCode, returnMsg } = orderResult(order)
  const isWhole = coupons.length > 0 && coupons.every((coupon) => coupon.usesLeft === coupon.useTimes)
  const isOpen = coupons.every((coupon) => ['issued', 'inactive'].includes(stateAt(coupon, now)))
  return {
    requestId: order.requestId ?? '',
    orderId: order.no,
    saleChannelId: /^[1-9][0-9]{0,14}$/.test(order.channelId) ? Number(order.channelId) : order.channelId,
    saleChannelOrderId: order.externalNo,
    ...dateFields('create', order.createdAt),
    codeNum: order.quantity,
    orderExtend: order.remark ?? '',
    isCanVoid: isWhole && isOpen ? '可撤销' : '不可撤销',
    returnCode,
    returnMsg,
    returnDesc: returnMsg,
    status: statusOf({ order, coupons }, now),
  }
}

function dateFields(what: string, at: Date): Record<string, string> {
  const time = formatShanghaiCompact(at)
  return { [`${what}Date`]: time.slice(0, 8), [`${what}Time`]: time }
}

function statusOf({ order, coupons }: Pick<OrderNotices, 'order' | 'coupons'>, now: Date): string {
  if (order.state === 'pending') return '处理中'
  if (order.state === 'failed') return '制码失败'
  const isVoided = coupons.length > 0 && coupons.every((coupon) => stateAt(coupon, now) === 'voided')
  return isVoided ? '已作废' : '制码成功'
}
