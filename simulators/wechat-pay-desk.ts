import type { Inbox } from './inbox.ts'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { createModes } from './modes.ts'
import type { Modes } from './modes.ts'
import type { ServedRequest } from './serve.ts'
import { toShanghaiRfc3339 } from './shanghai-time.ts'
import type { WechatOauth } from './wechat-oauth.ts'
import type { WechatPayCoupon, WechatPayCoupons } from './wechat-pay-coupons.ts'
import { notificationPath } from './wechat-pay-notifier.ts'
import type { Notifier } from './wechat-pay-notifier.ts'
import { wechatPayPaths } from './wechat-pay-routes.ts'
import type { WechatPayMerchant, WechatPayPlatformKey } from './wechat-pay-signature.ts'
import type { WechatPayStatements } from './wechat-pay-statements.ts'
import type { WechatPayStocks } from './wechat-pay-stocks.ts'

/** A request to WeChat Pay as it arrived, whatever it was answered. */
export type WechatPayRequest = {
  method: string
  path: string
  search: string
  receivedAt: Date
  /** The parsed body; null where there was none. */
  body: unknown
  isSignatureValid: boolean
  /** How it was answered. */
  mode: string
}

export type WechatPayDesk = {
  merchant: WechatPayMerchant
  /** One at least. */
  platformKeys: readonly [WechatPayPlatformKey, ...WechatPayPlatformKey[]]
  stocks: WechatPayStocks
  coupons: WechatPayCoupons
  statements: WechatPayStatements
  notifier: Notifier
  oauth: WechatOauth
  modes: Modes<string>
  inbox: Inbox<WechatPayRequest>
  /** Where uses are told; undefined where nobody has said. */
  callback: { notifyUrl: string | undefined }
  /** Whether a request more is too many for this second. */
  isTooOften: () => boolean
  /** The holders and stocks for which a coupon is on its way. */
  busy: Set<string>
  now: () => Date
}

const paths = [...wechatPayPaths, notificationPath]
const rules = {
  paths: wechatPayPaths,
  isPath: (path: string) => paths.includes(path),
  pathHint: `one of ${paths.join(', ')}`,
  example: '{"path":"/v3/marketing/favor/users/{openid}/coupons","mode":"timeout","times":1}',
}
const doneAllTheSame = [
  'slow',
  'timeout',
  '500',
  'garbage',
  'closed',
  'unsigned',
  'wrong-signature',
  'stale',
  'unknown-key',
]
const answerModes = ['ok', '429', 'refuse', ...doneAllTheSame]
const notificationModes = ['ok', 'twice', 'held', 'wrong-signature', 'lost']

/** The modes of each path, and of notifications, which have others. */
export function createWechatPayModes(): Modes<string> {
  const answers = createModes({ ...rules, modes: answerModes })
  const notifications = createModes({ ...rules, paths: [notificationPath], modes: notificationModes })
  const modesOf = (path: unknown): Modes<string> => (path === notificationPath ? notifications : answers)
  return {
    set: (setting) => modesOf(isJsonObject(setting) ? setting['path'] : undefined).set(setting),
    take: (path) => modesOf(path).take(path),
    list: () => ({ ...answers.list(), ...notifications.list() }),
  }
}

/** Uses a coupon at a merchant, and tells of it. A text is why not. */
export function useCoupon(desk: WechatPayDesk, given: JsonObject): JsonObject | string {
  const coupon = desk.coupons.use(given['coupon_id'], given['mchid'], given['amount'])
  if (typeof coupon === 'string') return coupon
  const [view, use] = [desk.coupons.view(coupon), coupon.uses.at(-1)]
  const consume_information = {
    consume_time: toShanghaiRfc3339(use?.at ?? desk.now()),
    consume_mchid: use?.mchid,
    transaction_id: use?.transactionId,
  }
  desk.notifier.tell(desk.callback.notifyUrl, { ...view, consume_information })
  return { ...view, consume_information }
}

/** Every coupon that was really given, as the control endpoint shows it. */
export const showGiven = (desk: WechatPayDesk): JsonObject[] =>
  desk.coupons.given().map((coupon: WechatPayCoupon) => ({
    out_request_no: coupon.outRequestNo,
    openid: coupon.openid,
    appid: coupon.appid,
    uses: coupon.uses.length,
    refunds: coupon.refunds.length,
    ...desk.coupons.view(coupon),
  }))

/** The query of a request. */
export const queryOf = ({ search }: ServedRequest): URLSearchParams => new URLSearchParams(search)
