import { randomInt } from 'node:crypto'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Answer } from './receiving-server.ts'
import { toShanghaiRfc3339 } from './shanghai-time.ts'
import { errors, yes } from './wechat-pay-answer.ts'
import type { WechatPayStock, WechatPayStocks } from './wechat-pay-stocks.ts'

/** A use of a coupon; `amount` is the whole order's, in fen. */
export type WechatPayUse = { at: Date; mchid: string; transactionId: string; amount: number }

/** A coupon that was really given. */
export type WechatPayCoupon = {
  couponId: string
  outRequestNo: string
  openid: string
  appid: string
  stock: WechatPayStock
  givenAt: Date
  uses: WechatPayUse[]
  refunds: WechatPayUse[]
}

export type WechatPayCoupons = {
  give: (openid: string, request: unknown) => Answer
  show: (openid: string, couponId: string, appid: string | null) => Answer
  ofUser: (openid: string, appid: string | null) => Answer
  /** A text is why not. */
  use: (couponId: unknown, mchid: unknown, amount: unknown) => WechatPayCoupon | string
  refund: (couponId: unknown) => WechatPayCoupon | string
  /** All that were given, in order. */
  given: () => WechatPayCoupon[]
  /** A coupon as the document shows it. */
  view: (coupon: WechatPayCoupon) => JsonObject
}

type Parties = { mchid: string; appIds: readonly string[]; stocks: WechatPayStocks; now: () => Date; limit: number }
type Ask = { openid: string; stock_id: string; out_request_no: string; appid: string; stock_creator_mchid: string }

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length >= 1 && value.length <= most

function readAsk(openid: string, request: unknown): Ask | string {
  if (!isJsonObject(request)) return 'the body is to be a JSON object'
  const { stock_id, out_request_no, appid, stock_creator_mchid } = request
  if (!isText(openid, 128)) return 'openid'
  if (!isText(stock_id, 20)) return 'stock_id'
  if (!isText(out_request_no, 128) || !/^[A-Za-z0-9|_*-]+$/.test(out_request_no)) return 'out_request_no'
  if (!isText(appid, 128)) return 'appid'
  if (!isText(stock_creator_mchid, 20)) return 'stock_creator_mchid'
  return { openid, stock_id, out_request_no, appid, stock_creator_mchid }
}

const dayOf = (time: Date): string => toShanghaiRfc3339(time).slice(0, 10)

/** What of the stock's rules a coupon more would break, for a holder who has `had` of them. */
function refusalOf(stock: WechatPayStock, had: number, now: Date): Answer | undefined {
  const { max_coupons, max_amount, max_amount_by_day, max_coupons_per_user } = stock.stock_use_rule
  const { coupon_amount } = stock.fixed_normal_coupon
  const today = stock.distributedByDay.get(dayOf(now)) ?? 0
  if (stock.status !== 'running') return errors.invalidRequest('发券失败，批次未激活或已停止')
  if (now >= new Date(stock.available_end_time)) return errors.blocked('活动未开始或已结束')
  if (had >= max_coupons_per_user) return errors.ruleLimit('用户已达最大领券限制')
  if (stock.distributed_coupons >= max_coupons) return errors.notEnough('批次预算不足')
  if ((stock.distributed_coupons + 1) * coupon_amount > max_amount) return errors.notEnough('批次预算不足')
  if (max_amount_by_day > 0 && (today + 1) * coupon_amount > max_amount_by_day)
    return errors.notEnough('批次当日预算不足')
  return undefined
}

/** What a merchant has given, in memory. */
type Memory = {
  coupons: Map<string, WechatPayCoupon>
  byRequest: Map<string, { content: string; couponId: string }>
  /** How many coupons of a stock somebody has. */
  counts: Map<string, number>
  /** What starts anew remembers nothing, and must not give the numbers again that it gave before. */
  firstId: number
}

/** The coupons of one merchant, in memory. More than `limit` are not given: none that was given is forgotten. */
export function createWechatPayCoupons(parties: Parties): WechatPayCoupons {
  const { mchid, now } = parties
  const coupons = new Map<string, WechatPayCoupon>()
  const memory = { coupons, byRequest: new Map(), counts: new Map(), firstId: randomInt(10 ** 11, 10 ** 12) }
  const view = (coupon: WechatPayCoupon): JsonObject => viewOf(coupon, mchid, now())
  const find = (couponId: unknown): WechatPayCoupon | undefined =>
    typeof couponId === 'string' ? coupons.get(couponId) : undefined
  return {
    view,
    given: () => [...coupons.values()],
    give: (openid, request) => give(parties, memory, openid, request),
    show: (openid, couponId, appid) => {
      const coupon = coupons.get(couponId)
      if (appid === null) return errors.paramError('appid')
      if (coupon?.openid !== openid || coupon.appid !== appid) return errors.notFound('代金券不存在')
      return yes(view(coupon))
    },
    ofUser: (openid, appid) => {
      const data = [...coupons.values()]
        .filter((coupon) => coupon.openid === openid && coupon.appid === appid)
        .map(view)
      return yes({ data, total_count: data.length, limit: data.length, offset: 0 })
    },
    use: (couponId, usedAt, amount) => {
      const coupon = find(couponId)
      if (coupon === undefined) return 'coupon_id: no such coupon was given'
      if (typeof usedAt !== 'string' || usedAt === '') return 'mchid: at which merchant it is used'
      const status = statusOf(coupon, now())
      if (status !== 'SENDED') return `coupon_id: the coupon is ${status}`
      const { coupon_amount, transaction_minimum } = coupon.stock.fixed_normal_coupon
      const spent = typeof amount === 'number' ? amount : Math.max(coupon_amount, transaction_minimum)
      if (!Number.isSafeInteger(spent) || spent < transaction_minimum)
        return 'amount: whole fen, from transaction_minimum'
      const transactionId = `4200000${String(randomInt(1e9)).padStart(9, '0')}${String(coupons.size).padStart(12, '0')}`
      coupon.uses.push({ at: now(), mchid: usedAt, transactionId, amount: spent })
      return coupon
    },
    refund: (couponId) => {
      const coupon = find(couponId)
      const use = coupon?.uses.at(-1)
      const isInUse = coupon !== undefined && statusOf(coupon, now()) === 'USED'
      if (!isInUse || use === undefined) return 'coupon_id: no coupon in use'
      coupon.refunds.push({ ...use, at: now() })
      return coupon
    },
  }
}

function statusOf({ stock, uses, refunds }: WechatPayCoupon, now: Date): string {
  if (uses.length > refunds.length) return 'USED'
  return now >= new Date(stock.available_end_time) ? 'EXPIRED' : 'SENDED'
}

const viewOf = (coupon: WechatPayCoupon, mchid: string, now: Date): JsonObject => ({
  stock_creator_mchid: mchid,
  stock_id: coupon.stock.stock_id,
  coupon_id: coupon.couponId,
  coupon_name: coupon.stock.stock_name,
  status: statusOf(coupon, now),
  description: coupon.stock.stock_name,
  create_time: toShanghaiRfc3339(coupon.givenAt),
  coupon_type: 'NORMAL',
  no_cash: coupon.stock.no_cash,
  available_begin_time: coupon.stock.available_begin_time,
  available_end_time: coupon.stock.available_end_time,
  singleitem: false,
  normal_coupon_information: coupon.stock.fixed_normal_coupon,
})

function give(
  { mchid, appIds, stocks, now, limit }: Parties,
  memory: Memory,
  ...[openid, request]: Parameters<WechatPayCoupons['give']>
): ReturnType<WechatPayCoupons['give']> {
  const ask = readAsk(openid, request)
  if (typeof ask === 'string') return errors.paramError(ask)
  const content = JSON.stringify(ask)
  const known = memory.byRequest.get(ask.out_request_no)
  if (known !== undefined) {
    return known.content === content
      ? yes({ coupon_id: known.couponId })
      : errors.alreadyExists('单号已存在，参数不一致')
  }
  if (!appIds.includes(ask.appid)) return errors.appMismatch('商户号与AppID不匹配')
  const stock = stocks.find(ask.stock_id)
  if (stock === undefined || ask.stock_creator_mchid !== mchid) return errors.notFound('批次不存在')
  const refusal = refusalOf(stock, memory.counts.get(`${openid} ${ask.stock_id}`) ?? 0, now())
  if (refusal !== undefined) return refusal
  if (memory.coupons.size >= limit) return errors.systemError('this simulator has no room for more coupons')
  const couponId = add(memory, ask, stock, now())
  memory.byRequest.set(ask.out_request_no, { content, couponId })
  return yes({ coupon_id: couponId })
}

function add({ coupons, counts, firstId }: Memory, ask: Ask, stock: WechatPayStock, now: Date): string {
  const { openid, appid, out_request_no: outRequestNo } = ask
  const couponId = String(firstId + coupons.size)
  const day = dayOf(now)
  coupons.set(couponId, { couponId, outRequestNo, openid, appid, stock, givenAt: now, uses: [], refunds: [] })
  counts.set(`${openid} ${stock.stock_id}`, (counts.get(`${openid} ${stock.stock_id}`) ?? 0) + 1)
  stock.distributed_coupons += 1
  stock.distributedByDay.set(day, (stock.distributedByDay.get(day) ?? 0) + 1)
  return couponId
}
