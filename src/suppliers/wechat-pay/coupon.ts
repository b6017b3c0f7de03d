import { parseRfc3339 } from '../../time/shanghai.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../wire/json.ts'
import { acceptCodes, refused, unknown } from '../answers.ts'
import type { SupplierUse, MakeAnswer, MakeAsk, Refused, SupplierSend, CouponAnswer, CouponAsk } from '../supplier.ts'
import { askWechatPay } from './ask.ts'
import { couponsPath, isOpenid, couponPath } from './paths.ts'
import { creatorOf, type WechatPaySettings } from './settings.ts'
import { readError } from './verdict.ts'

/** A text of a field, if it can be an id. */
const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value) ? value : undefined

/** A time of a field (RFC 3339). */
export const timeOf = (value: JsonValue | undefined): Date | undefined =>
  typeof value === 'string' ? parseRfc3339(value) : undefined

/**
 * The use in a coupon's `consume_information`; undefined where it does not say of which coupon, or when. What was paid is
 * not in it: WeChat Pay tells what the coupon is worth, and of the order no more than goods that have a price of their own.
 */
export function readUse(coupon: JsonObject): SupplierUse | undefined {
  const [code, consumed] = [textOf(coupon.coupon_id), coupon.consume_information]
  const information: JsonObject = isJsonObject(consumed) ? consumed : {}
  const usedAt = timeOf(information.consume_time)
  if (code === undefined || usedAt === undefined) return undefined
  const [merchantNo, reference] = [textOf(information.consume_mchid), textOf(information.transaction_id)]
  return {
    code,
    usedAt,
    ...(merchantNo === undefined ? {} : { merchantNo }),
    ...(reference === undefined ? {} : { reference }),
  }
}

/** WeChat Pay, 发放指定批次的代金券. What it gives is the number of the coupon. */
export async function make(
  settings: WechatPaySettings,
  ask: MakeAsk,
  send: SupplierSend,
  now: Date,
): Promise<MakeAnswer> {
  const wish = readWish(settings, ask)
  if (wish.kind === 'refused') return wish
  const answer = await askWechatPay(settings, { path: couponsPath(wish.openid), message: wish.message }, send, now)
  if (answer.kind === 'unknown') return answer
  if (answer.status !== 200) return readError(answer, wish.openid)
  const { coupon_id: couponId } = answer.object
  return couponId === undefined ? unknown('The answer had no coupon_id.') : acceptCodes([couponId], 1)
}

type Wish = { kind: 'wish'; openid: string; message: object }

const no = (message: string): Refused => refused('bad_request', message)

// What WeChat Pay cannot give is not asked for.
function readWish(settings: WechatPaySettings, ask: MakeAsk): Wish | Refused {
  const { openid, thirdProductId: stockId, quantity, wechatAppId: appid = settings.appId } = ask
  if (quantity !== 1) return no('WeChat Pay gives one coupon for an order.')
  if (openid === undefined) return no('WeChat Pay gives coupons to openids: the order has none.')
  if (!isOpenid(openid)) return no('The openid of the order cannot be one.')
  if (stockId === undefined) return no('The template has no thirdProductId: it is the stock_id at WeChat Pay.')
  if (appid !== settings.appId && !settings.appIds.includes(appid)) {
    return no('The app that the order names is none of this supplier’s.')
  }
  const stock = { stock_id: stockId, stock_creator_mchid: creatorOf(settings) }
  return { kind: 'wish', openid, message: { ...stock, out_request_no: ask.no, appid } }
}

/** WeChat Pay, 查询代金券详情. */
export async function lookUp(
  settings: WechatPaySettings,
  { code, openid = '', wechatAppId = settings.appId }: CouponAsk,
  send: SupplierSend,
  now: Date,
): Promise<CouponAnswer> {
  if (!isOpenid(openid)) return refused('bad_request', 'WeChat Pay looks coupons up by openid: there is none.')
  const answer = await askWechatPay(settings, { path: couponPath(openid, code, wechatAppId) }, send, now)
  if (answer.kind === 'unknown') return answer
  if (answer.status !== 200) return withReason(readError(answer, code))
  if (answer.object.coupon_id !== code) return unknown('The answer was about another coupon.')
  return readStatus(answer.object, code, now)
}

function withReason(answer: ReturnType<typeof readError>): CouponAnswer {
  const isMissing = answer.kind === 'refused' && answer.code === 'RESOURCE_NOT_EXISTS'
  return isMissing ? { ...answer, reason: 'coupon_not_found' } : answer
}

function readStatus(coupon: JsonObject, code: string, now: Date): CouponAnswer {
  const { status } = coupon
  if (status === 'SENDED') return { kind: 'unused' }
  if (status === 'EXPIRED') return { kind: 'expired' }
  if (status === 'USED') return { kind: 'used', use: readUse(coupon) ?? useBefore(coupon, code, now) }
  return unknown('The answer had a status that is none of a coupon.')
}

// In its answers WeChat Pay leaves out when a coupon was used, which only its notifications tell. It was by now, and
// before it ended.
function useBefore({ available_end_time }: JsonObject, code: string, now: Date): SupplierUse {
  const end = timeOf(available_end_time) ?? now
  return { code, usedAt: end < now ? end : now }
}
