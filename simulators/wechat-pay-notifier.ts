import { setTimeout as sleep } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import type { JsonObject } from './json.ts'
import type { Modes } from './modes.ts'
import { toShanghaiRfc3339 } from './shanghai-time.ts'
import { sealResource, signMessage } from './wechat-pay-signature.ts'
import type { WechatPayPlatformKey } from './wechat-pay-signature.ts'

/** The path by which the way of telling is set; nothing listens there. */
export const notificationPath = '/notification'

/**
 * How a use is told: `ok`; `twice`; `held` (only after the next one was told, so that the order is wrong);
 * `wrong-signature`; `lost` (never).
 */
export type NotificationMode = 'ok' | 'twice' | 'held' | 'wrong-signature' | 'lost'

/** What became of telling a use. */
export type ToldUse = { couponId: string; attempts: number; status: number | null; isDelivered: boolean }

export type Notifier = {
  tell: (notifyUrl: string | undefined, coupon: JsonObject) => void
  /** Newest last. */
  told: () => readonly ToldUse[]
  close: () => Promise<void>
}

type Parties = {
  key: WechatPayPlatformKey
  apiV3Key: string
  modes: Modes<string>
  now: () => Date
  /** Between two attempts. */
  retryMilliseconds: number
}

// The document: once a minute, nine times in all; an answer within five seconds.
const mostAttempts = 9
const timeoutMilliseconds = 5000
const mostTold = 10_000

/** Tells of uses, again and again until it is answered with 2xx. */
export function createNotifier(parties: Parties): Notifier {
  const { modes, retryMilliseconds } = parties
  const told: ToldUse[] = []
  const held: (() => void)[] = []
  const closing = new AbortController()
  const underWay = new Set<Promise<void>>()

  const deliver = async (url: string, coupon: JsonObject, mode: string): Promise<void> => {
    const body = bodyOf(parties, coupon)
    const telling: ToldUse = { couponId: String(coupon['coupon_id']), attempts: 0, status: null, isDelivered: false }
    told.push(telling)
    if (told.length > mostTold) told.shift()
    while (!telling.isDelivered && telling.attempts < mostAttempts && !closing.signal.aborted) {
      if (telling.attempts > 0)
        await sleep(retryMilliseconds, undefined, { signal: closing.signal }).catch(() => undefined)
      telling.attempts += 1
      telling.status = await post(parties, closing.signal, url, body, mode)
      telling.isDelivered = telling.status !== null && telling.status >= 200 && telling.status < 300
    }
  }

  const start = (url: string, coupon: JsonObject, mode: string): Promise<void> => {
    const work = deliver(url, coupon, mode)
    underWay.add(work)
    return work.finally(() => underWay.delete(work))
  }

  return {
    told: () => told,
    tell: (url, coupon) => {
      const { mode } = modes.take(notificationPath)
      if (url === undefined || mode === 'lost') return
      if (mode === 'held') return void held.push(() => void start(url, coupon, 'ok'))
      const first = start(url, coupon, mode)
      if (mode === 'twice') void start(url, coupon, 'ok')
      const waiting = held.splice(0)
      void first.then(() => waiting.forEach((release) => release()))
    },
    close: async () => {
      closing.abort()
      await Promise.all(underWay)
    },
  }
}

const bodyOf = ({ apiV3Key, now }: Parties, coupon: JsonObject): string =>
  JSON.stringify({
    id: `EV-${randomUUID().slice(0, 30)}`,
    create_time: toShanghaiRfc3339(now()),
    resource_type: 'encrypt-resource',
    event_type: 'COUPON.USE',
    summary: '用券成功',
    resource: sealResource(coupon, apiV3Key),
  })

/** The status of the answer; null where there was none in time. */
async function post(
  { key, now }: Parties,
  closing: AbortSignal,
  url: string,
  body: string,
  mode: string,
): Promise<number | null> {
  const headers = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' }
  const signature = signMessage(mode === 'wrong-signature' ? `${body} ` : body, key, now())
  const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMilliseconds)])
  try {
    const answer = await request(url, { method: 'POST', headers: { ...headers, ...signature }, body, signal })
    await answer.body.dump()
    return answer.statusCode
  } catch {
    return null
  }
}
