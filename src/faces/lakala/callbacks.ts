import { callbackWaitsSeconds, type CallbackProtocol, type Telling } from '../../core/notify/callback.ts'
import { outboundKey } from '../../core/set-up/app-keys.ts'
import type { NotificationKind } from '../../core/notify/notification.ts'
import type { Hub } from '../../hub.ts'
import { formatYuan } from '../../wire/amount.ts'
import { parseJsonObject } from '../../wire/json.ts'
import {
  formatLakalaNotificationAuthorization,
  lakalaBodySignText,
  lakalaNotificationText,
} from '../../wire/lakala-signature.ts'
import { makeNonce } from '../../wire/sign-string.ts'
import { signRsaSha256 } from '../../wire/rsa.ts'
import { formatShanghaiDateTime } from '../../time/shanghai.ts'
import { failMsgOf } from './words.ts'

/** Issue and write-off callbacks: signed by header (three lines), the issue callback by its body (RSA2) as well. */
export const lakalaCallbacks: CallbackProtocol = { waitsSeconds: callbackWaitsSeconds, render, isAccepted }

async function render(hub: Hub, telling: Telling): Promise<{ headers: Record<string, string>; body: string }> {
  const now = hub.now()
  const { privateKey } = outboundKey(telling.app, hub.keyring, now)
  const isIssue = telling.notification.kind === 'issued'
  const fields = isIssue ? issueFields(telling) : writeOffFields(hub, telling)
  const body = JSON.stringify(
    isIssue ? { ...fields, sign: await signRsaSha256(lakalaBodySignText(fields), privateKey) } : fields,
  )
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const nonce = makeNonce(12)
  const signature = await signRsaSha256(lakalaNotificationText({ timestamp, nonce, body }), privateKey)
  return {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      authorization: formatLakalaNotificationAuthorization({ timestamp, nonce, signature }),
    },
    body,
  }
}

/** Lakala §3. `tradePaymentTime` is when the order succeeded or failed. */
function issueFields({ notification, order, channel, template }: Telling): Record<string, string> {
  return {
    orgId: channel.settings.orgId ?? channel.id,
    callTradeNo: order.no,
    amount: formatYuan(notification.facts.faceValueFen ?? template.faceValueFen),
    tradeStatus: order.state === 'failed' ? 'FAIL' : 'SUCCESS',
    failMsg: failMsgOf(order),
    tradeCreateTime: formatShanghaiDateTime(order.createdAt),
    tradePaymentTime: formatShanghaiDateTime(order.finishedAt ?? order.createdAt),
    signType: 'RSA2',
  }
}

const tradeStatusOf: Partial<Record<NotificationKind, string>> = {
  used: 'USED',
  expired: 'EXPIRED',
  // 卡券作废: the wire has no other word for a coupon that is of no use any more.
  voided: 'EXPIRED',
  reversed: 'REVERSED',
}

/** Lakala §4. Amounts are strings in fen; of an expiry and a reversal they are empty. */
function writeOffFields(hub: Hub, { notification, order, coupon, code }: Telling): Record<string, string> {
  const { kind, facts } = notification
  const tradeStatus = tradeStatusOf[kind]
  if (tradeStatus === undefined) throw new Error(`the document has no callback for ${kind}`)
  if (coupon === undefined || code === undefined) throw new Error('a write-off without its coupon')
  return {
    member_id: order.memberId ?? '',
    owner_id: order.channelId,
    channel_openid: order.openid === null ? '' : hub.keyring.decrypt(order.openid),
    promotion_id: order.templateId,
    third_coupon_id: code,
    activity_id: order.activityId,
    ...(kind === 'used' ? writeOffAmounts(facts) : { promo_amount: '', total_amount: '', org_amount: '' }),
    trade_no: order.no,
    mer_order_id: order.externalNo,
    gmt_used: kind === 'used' ? formatShanghaiDateTime(new Date(facts.happenedAt)) : '',
    tradeStatus,
  }
}

type Amounts = Pick<
  Partial<Telling['notification']['facts']>,
  'amountFen' | 'realAmountFen' | 'faceValueFen' | 'discountFen'
>

/**
 * The three amounts of a redemption, as callback and query tell them (docs/faces/lakala.md): `promo_amount` is what the
 * coupon took off, `org_amount` the till's `amount`, `total_amount` its `real_amount`, or else what is left of
 * `amount`; empty where unknown.
 */
export function writeOffAmounts({ amountFen, realAmountFen, faceValueFen, discountFen }: Amounts) {
  const promoFen = discountFen ?? faceValueFen
  const leftFen = isNumber(amountFen) && isNumber(promoFen) ? amountFen - promoFen : ''
  return {
    promo_amount: String(promoFen ?? ''),
    total_amount: String(realAmountFen ?? leftFen),
    org_amount: String(amountFen ?? ''),
  }
}

const isNumber = (fen: number | null | undefined): fen is number => typeof fen === 'number'

/** HTTP 200 with a JSON object whose `code` is SUCCESS. A gateway's page with status 200 is no answer of the partner. */
function isAccepted({ status, body }: { status: number; body: string }): boolean {
  if (status !== 200) return false
  try {
    return parseJsonObject(Buffer.from(body.trim()))['code'] === 'SUCCESS'
  } catch {
    return false
  }
}
