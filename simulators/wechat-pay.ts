import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { createInbox } from './inbox.ts'
import type { Inbox } from './inbox.ts'
import type { JsonObject } from './json.ts'
import { serve } from './serve.ts'
import type { ServeOptions } from './serve.ts'
import { createWechatOauth } from './wechat-oauth.ts'
import { createWechatPayCoupons } from './wechat-pay-coupons.ts'
import { createWechatPayModes, showGiven, useCoupon } from './wechat-pay-desk.ts'
import type { WechatPayDesk, WechatPayRequest } from './wechat-pay-desk.ts'
import { handle } from './wechat-pay-handle.ts'
import { createNotifier } from './wechat-pay-notifier.ts'
import type { ToldUse } from './wechat-pay-notifier.ts'
import { createWechatPayStatements } from './wechat-pay-statements.ts'
import { createWechatPayStocks } from './wechat-pay-stocks.ts'

export type WechatPayOptions = ServeOptions & {
  mchid: string
  /** The merchant's certificate: its serial number, and the public key in it. */
  serialNo: string
  merchantPublicKeyPem: string
  /** 32 characters. */
  apiV3Key: string
  /** What WeChat Pay signs with: the one that a request names in Wechatpay-Serial, else the first. */
  platformKeys: readonly { id: string; privateKeyPem: string }[]
  /** The apps that belong to the merchant, each with its secret. */
  apps: Readonly<Record<string, string>>
  /** Where uses are told, until a signed request says otherwise. */
  notifyUrl?: string
  now?: () => Date
  /** How many requests the inbox keeps, the newest; 10,000 where absent. */
  inboxLimit?: number
  /** How many coupons are given at most, since none is forgotten; 200,000 where absent. */
  couponLimit?: number
  /** 500 where absent. */
  requestsPerSecond?: number
  /** Between two attempts to tell a use; a minute where absent. */
  retryMilliseconds?: number
}

export type WechatPay = {
  url: string
  /** Oldest first; the same array all along. */
  inbox: readonly WechatPayRequest[]
  waitFor: Inbox<WechatPayRequest>['waitFor']
  /** Makes a stock and starts it, without the signed requests that this takes. Its number. */
  addStock: (plan?: { couponAmount?: number; maxCoupons?: number; maxPerUser?: number; until?: Date }) => string
  /** Gives a coupon without the signed request that this takes. Its number. @throws where it is refused. */
  give: (given: { stockId: string; openid: string; appid: string; outRequestNo: string }) => string
  /** Every coupon that was really given. */
  given: () => JsonObject[]
  /** A holder pays with a coupon. A text is why not. */
  use: (given: { coupon_id: string; mchid: string; amount?: number }) => JsonObject | string
  refund: (couponId: string) => void
  /** Where uses are told from now on, as the signed request says it. */
  tellAt: (notifyUrl: string) => void
  told: () => readonly ToldUse[]
  /** @throws where the setting is none, with a sentence that says what to change. */
  setMode: (setting: { path: string; mode: string; milliseconds?: number; times?: number }) => void
  close: () => Promise<void>
}

function rateOf(perSecond: number, now: () => Date): () => boolean {
  let [second, count] = [0, 0]
  return () => {
    const current = Math.floor(now().getTime() / 1000)
    count = current === second ? count + 1 : 1
    second = current
    return count > perSecond
  }
}

function createDesk(options: WechatPayOptions): WechatPayDesk {
  const { mchid, serialNo, merchantPublicKeyPem, apiV3Key, apps } = options
  const { now = () => new Date(), inboxLimit = 10_000, couponLimit = 200_000 } = options
  const { requestsPerSecond = 500, retryMilliseconds = 60_000 } = options
  const [key, ...otherKeys] = options.platformKeys.map(({ id, privateKeyPem }) => ({
    id,
    privateKey: createPrivateKey(privateKeyPem),
  }))
  if (key === undefined) throw new Error('platformKeys is empty: give one key at least.')
  const modes = createWechatPayModes()
  const stocks = createWechatPayStocks(mchid, now, 10_000)
  return {
    merchant: { mchid, serialNo, publicKey: createPublicKey(merchantPublicKeyPem) },
    platformKeys: [key, ...otherKeys],
    stocks,
    coupons: createWechatPayCoupons({ mchid, appIds: Object.keys(apps), stocks, now, limit: couponLimit }),
    statements: createWechatPayStatements(now),
    notifier: createNotifier({ key, apiV3Key, modes, now, retryMilliseconds }),
    oauth: createWechatOauth(apps, now),
    modes,
    inbox: createInbox<WechatPayRequest>('request', inboxLimit),
    callback: { notifyUrl: options.notifyUrl },
    isTooOften: rateOf(requestsPerSecond, now),
    busy: new Set(),
    now,
  }
}

function addStock(desk: WechatPayDesk, plan: Parameters<WechatPay['addStock']>[0] = {}): string {
  const { couponAmount = 3000, maxCoupons = 1000, maxPerUser = 60, until } = plan
  const start = desk.now()
  const { body } = desk.stocks.create({
    stock_name: '立减金',
    belong_merchant: desk.merchant.mchid,
    available_begin_time: start.toISOString(),
    available_end_time: (until ?? new Date(start.getTime() + 90 * 86_400_000)).toISOString(),
    no_cash: false,
    stock_type: 'NORMAL',
    stock_use_rule: {
      max_coupons: maxCoupons,
      max_amount: maxCoupons * couponAmount,
      max_coupons_per_user: maxPerUser,
    },
    coupon_use_rule: { fixed_normal_coupon: { coupon_amount: couponAmount, transaction_minimum: couponAmount + 1 } },
    out_request_no: randomUUID(),
  })
  const stockId = String((body as JsonObject)['stock_id'])
  desk.stocks.change(stockId, 'start')
  return stockId
}

/**
 * Starts WeChat Pay's cash coupons (API v3) for one merchant, with WeChat's web authorization. It is told how to answer in
 * code or over HTTP (`GET /` explains), and remembers what it really gave.
 * @throws where the port is taken, or a key cannot be read.
 */
export async function startWechatPay(options: WechatPayOptions): Promise<WechatPay> {
  const desk = createDesk(options)
  let url = ''
  const serving = await serve(options, (request, response) => handle({ desk, request, response }, url))
  url = serving.url
  return {
    url,
    inbox: desk.inbox.items,
    waitFor: desk.inbox.waitFor,
    addStock: (plan) => addStock(desk, plan),
    give: ({ stockId: stock_id, openid, appid, outRequestNo: out_request_no }) => {
      const wish = { stock_id, out_request_no, appid, stock_creator_mchid: options.mchid }
      const { status, body } = desk.coupons.give(openid, wish)
      if (status !== 200) throw new Error(`No coupon was given: ${JSON.stringify(body)}`)
      return String((body as JsonObject)['coupon_id'])
    },
    given: () => showGiven(desk),
    use: (given) => useCoupon(desk, given),
    refund: (couponId) => void desk.coupons.refund(couponId),
    tellAt: (notifyUrl) => void (desk.callback.notifyUrl = notifyUrl),
    told: desk.notifier.told,
    setMode: (setting) => desk.modes.set(setting),
    close: async () => {
      desk.inbox.close()
      await desk.notifier.close()
      await serving.close()
    },
  }
}
