import { pairKey, type Setup } from '../../core/set-up/snapshot.ts'
import type { IssueOutcome } from '../../core/issue/issue.ts'
import { failureCodeOf } from '../../core/issue/look-up-order.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { makeCodeToken } from '../code-image.ts'
import type { FaceTools } from '../face.ts'
import { success } from './inserted.ts'
import { wordsOf } from './words.ts'
import { stateAt } from '../../core/coupon/coupon.ts'

type Order = IssueOutcome['order']
type Coupon = IssueOutcome['coupons'][number]

/** How an order stands: 00 where its codes are made, 32 while its supplier has not answered. */
export function orderResult(order: Order): { returnCode: string; returnMsg: string } {
  const { state, failure } = order
  if (state === 'succeeded') return success
  const { code, msg } = wordsOf[state === 'pending' ? 'supplier_unanswered' : failureCodeOf(order)]
  return { returnCode: code, returnMsg: failure === null ? msg : `${msg}: ${failure}` }
}

/** What MakeCode and MakeQuery answer: the document's sample under ESB制码订单. */
export function orderAnswer(tools: FaceTools, order: Order, coupons: readonly Coupon[]) {
  const { returnCode, returnMsg } = orderResult(order)
  const createTime = formatShanghaiCompact(order.createdAt)
  return {
    returnCode,
    returnMsg,
    returnDesc: returnMsg,
    data: {
      saleChannelOrderId: order.externalNo,
      requestId: order.requestId ?? undefined,
      tradeNo: order.no,
      createDate: createTime.slice(0, 8),
      createTime,
      isNotify: order.mobile === null ? '0' : '1',
      codeNum: order.quantity,
      items: [itemOf(tools, order, coupons, { returnCode, returnMsg })],
    },
  }
}

type Result = ReturnType<typeof orderResult>

function itemOf(tools: FaceTools, order: Order, coupons: readonly Coupon[], { returnCode, returnMsg }: Result) {
  const setup = tools.core.setup.current()
  const first = coupons[0]?.coupon
  return {
    codeDetail: coupons.map((coupon) => codeDetail(tools, coupon)),
    validStart: first && formatShanghaiCompact(first.validFrom),
    validEnd: first && formatShanghaiCompact(first.validUntil),
    itemResultCode: returnCode,
    itemResultMsg: returnMsg,
    saleChannelItemId: order.terms.itemNo,
    ...ticketOf(setup, order),
  }
}

const ticketOf = (setup: Setup, { activityId, templateId }: Order) => ({
  ticketId: setup.activityTemplates.get(pairKey(activityId, templateId))?.ticketId,
  ticketName: setup.templates.get(templateId)?.name,
  activityId,
  activityName: setup.activities.get(activityId)?.name,
})

function codeDetail({ core, publicUrl }: FaceTools, { coupon, code }: Coupon) {
  const token = makeCodeToken(core.hub.keyring, coupon)
  return {
    codeURL: `${publicUrl()}/c/${token}?type=QRCODE`,
    code,
    useTimes: coupon.usesLeft,
    ...couponStatus(coupon, core.hub.now()),
  }
}

const statuses = {
  issued: { status: '00', statusDesc: '未使用' },
  redeeming: { status: '00', statusDesc: '核销中' },
  redeemed: { status: '01', statusDesc: '已使用' },
  expired: { status: '02', statusDesc: '已过期' },
  inactive: { status: '03', statusDesc: '未激活' },
  frozen: { status: '04', statusDesc: '已冻结' },
  voided: { status: '05', statusDesc: '已作废' },
} as const

/** The state of a coupon in the wire's two digits, and what they mean. */
export const couponStatus = (coupon: Parameters<typeof stateAt>[0], now: Date) => statuses[stateAt(coupon, now)]
