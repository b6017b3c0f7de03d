import type { CallbackProtocol, Telling } from '../../core/notify/callback.ts'
import type { NotificationKind } from '../../core/notify/notification.ts'
import type { Hub } from '../../hub.ts'
import { yuanNumber, signedHeaders } from './answer.ts'
import { cancelled, expired, failed, reversed, succeeded, used, type OrderStatus } from './order-status.ts'
import { sealerOf } from './sealed-codes.ts'

/** Exchange, 订单回调: 15 s, 30 s, 3 m, 10 m, 20 m, 30 m, 60 m, 3 h, 6 h. */
const waitsSeconds = [15, 30, 180, 600, 1_200, 1_800, 3_600, 10_800, 21_600]

/** The status report of an order, signed in its headers: when it succeeded or failed, and when its coupon was used or ended. */
export const exchangeCallbacks: CallbackProtocol = { waitsSeconds, render, isAccepted }

const statusOf: Partial<Record<NotificationKind, (telling: Telling) => OrderStatus>> = {
  issued: ({ order }) => (order.state === 'failed' ? failed(order.failure) : succeeded),
  used: () => used,
  expired: () => expired,
  reversed: () => reversed,
  voided: () => cancelled,
}

async function render(hub: Hub, telling: Telling): Promise<{ headers: Record<string, string>; body: string }> {
  const { notification, order, app } = telling
  const status = statusOf[notification.kind]
  if (status === undefined) throw new Error(`the wire has no callback for ${notification.kind}`)
  const body = JSON.stringify({
    orderCode: order.no,
    bizCode: order.externalNo,
    ...status(telling),
    settlementPrice: yuanNumber(order.settlementPriceFen ?? 0),
    couponId: couponIdOf(hub, telling),
  })
  const signed = await signedHeaders(hub, app, app.settings.callbackSignType ?? 'SHA256-RSA', body)
  return { headers: { 'content-type': 'application/json; charset=utf-8', ...signed }, body }
}

/** The coupon's code. Of codes that are sold encrypted: of which one it is told, encrypted, and nothing of an order of many. */
function couponIdOf(hub: Hub, { notification, order, app, code }: Telling): string | null {
  if (code === undefined) return null
  if (order.terms.isCodeSealed !== true) return code
  return notification.kind === 'issued' ? null : (sealerOf(app, hub.now())?.(code) ?? null)
}

/** HTTP 200 with the text SUCCESS, in whatever case. */
function isAccepted({ status, body }: { status: number; body: string }): boolean {
  return status === 200 && body.trim().toUpperCase() === 'SUCCESS'
}
