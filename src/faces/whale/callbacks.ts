import {
  callbackWaitsSeconds,
  type CallbackProtocol,
  type Rendered,
  type Telling,
  openChangedCodes,
} from '../../core/notify/callback.ts'
import { failureCodeOf } from '../../core/issue/look-up-order.ts'
import type { NotificationKind } from '../../core/notify/notification.ts'
import type { Hub } from '../../hub.ts'
import { parseJsonObject, type JsonObject } from '../../wire/json.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { decodeBizContent } from '../../wire/whale-signature.ts'
import { sealEnvelope, type Business } from './answer.ts'
import { changeNoticeOf } from './actions/BatchCodeUpdate.ts'
import { defaultVersion } from './envelope.ts'
import { successCode, wordsOf } from './words.ts'

/** Notifications to channels, and to suppliers of their own codes: in the wire's envelope, signed by the hub. */
export const whaleCallbacks: CallbackProtocol = { waitsSeconds: callbackWaitsSeconds, render, isAccepted }

type Notice = { action: string; business: Business }

async function render(hub: Hub, telling: Telling): Promise<Rendered> {
  const { kind } = telling.notification
  const notice = notices[kind]
  if (notice === undefined) throw new Error(`the wire has no notification for ${kind}`)
  const envelope = await sealEnvelope(hub, telling.app, { version: defaultVersion, ...notice(telling, hub) })
  return { headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(envelope) }
}

const notices: Partial<Record<NotificationKind, (telling: Telling, hub: Hub) => Notice>> = {
  issued: (telling) => ({ action: 'MakeCodeNotify', business: orderFields(telling) }),
  used: (telling) => ({ action: 'VerifyCodeNotify', business: redemptionFields(telling) }),
  supplier_used: (telling) => ({ action: 'VerifyCodeNotify', business: redemptionFields(telling) }),
  reversed: (telling) => ({ action: 'VerifyVoidNotify', business: reversalFields(telling) }),
  expired: (telling) => ({ action: 'CodeExpireNotify', business: couponFields(telling) }),
  changed: changedNotice,
}

/** Whose order it is, and of what. `orderId` is ours. */
const subjectFields = ({ order, activity, template, ticketId }: Telling) => ({
  saleChannelId: order.channelId,
  saleChannelOrderId: order.externalNo,
  orderId: order.no,
  ticketId,
  ticketName: template.name,
  activityId: activity.id,
  activityName: activity.name,
})

/** An order is told without its codes: whoever ordered them asks for them by MakeQuery. */
function orderFields(telling: Telling): Business {
  const { order } = telling
  const isMade = order.state === 'succeeded'
  const failure = { returnCode: wordsOf[failureCodeOf(order)].code, returnMsg: order.failure ?? '' }
  return {
    ...(isMade ? { returnCode: successCode, returnMsg: 'SUCCESS' } : failure),
    ...subjectFields(telling),
    requestId: order.requestId ?? undefined,
    codeNum: order.quantity,
    createTime: formatShanghaiCompact(order.createdAt),
  }
}

function couponFields(telling: Telling) {
  const { coupon, code, notification } = telling
  if (coupon === undefined || code === undefined) throw new Error(`a ${notification.kind} without its coupon`)
  return {
    ...subjectFields(telling),
    code,
    faceValue: twelveDigits(notification.facts.faceValueFen ?? coupon.faceValueFen),
    useTimes: coupon.usesLeft,
    validStart: formatShanghaiCompact(coupon.validFrom),
    validEnd: formatShanghaiCompact(coupon.validUntil),
  }
}

const twelveDigits = (fen: number): string => String(fen).padStart(12, '0')

/** `orderNo` and `requestId` are those of CodeVerify; what the till did not say is left out. */
function redemptionFields(telling: Telling): Business {
  const { redemption } = telling
  if (redemption === undefined) throw new Error('a redemption to be told of is missing')
  const { detail } = redemption
  return {
    ...couponFields(telling),
    orderNo: redemption.no,
    requestId: detail.requestId,
    cashierTransNo: detail.cashierTransNo,
    cashTotalAmount: redemption.amountFen ?? undefined,
    verifyTime: formatShanghaiCompact(redemption.createdAt),
    mid: redemption.merchantNo,
    shopNo: redemption.shopNo,
    tid: detail.tid,
  }
}

const reversalFields = (telling: Telling): Business => ({
  ...redemptionFields(telling),
  voidTime: formatShanghaiCompact(new Date(telling.notification.facts.happenedAt)),
})

function changedNotice({ notification, order }: Telling, { keyring }: Hub): Notice {
  const changed = openChangedCodes(keyring, notification.facts)
  if (changed === undefined) throw new Error('a change to be told of does not say of what')
  return {
    action: changeNoticeOf(changed.optTag),
    business: { returnCode: successCode, returnMsg: 'SUCCESS', saleChannelId: order.channelId, ...changed },
  }
}

/** HTTP 200 with a JSON object whose `returnCode` is 00, bare or in an envelope. A gateway's own page is no answer. */
function isAccepted({ status, body }: { status: number; body: string }): boolean {
  return status === 200 && businessOf(readObject(Buffer.from(body.trim())))?.['returnCode'] === successCode
}

function businessOf(answer: JsonObject | undefined): JsonObject | undefined {
  const content = answer?.['biz_content']
  if (typeof content !== 'string') return answer
  const bytes = decodeBizContent(content)
  return bytes === undefined ? undefined : readObject(bytes)
}

function readObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    return parseJsonObject(bytes)
  } catch {
    return undefined
  }
}
