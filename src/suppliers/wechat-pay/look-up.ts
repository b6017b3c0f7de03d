import type { JsonObject } from '../../wire/json.ts'
import { refused, unknown } from '../answers.ts'
import type { CouponAnswer, CouponAsk, SupplierSend, SupplierUse } from '../supplier.ts'
import { askWechatPay } from './ask.ts'
import { readUse, timeOf } from './coupon.ts'
import { couponPath, isOpenid } from './paths.ts'
import type { WechatPaySettings } from './settings.ts'
import { readError } from './verdict.ts'

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
