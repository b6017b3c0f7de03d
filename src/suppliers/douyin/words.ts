import { refused, refusedFor, unknown } from '../answers.ts'
import type { RefusalReason, Refused, Unknown } from '../supplier.ts'

// Douyin's numbers are not public: why a code is refused is told from its words. docs/suppliers/douyin.md has both.

/** A fault that is to be tried again, by its words. */
const again = /重试|稍候|稍后|繁忙|频繁|超时|服务器|系统(?:错误|异常)/

/** The first that fits holds. */
const reasons: readonly (readonly [RegExp, RefusalReason])[] = [
  [/已核销|已被核销|已使用|已验/, 'coupon_redeemed'],
  [/退款|退券/, 'coupon_voided'],
  [/过期/, 'coupon_expired'],
  [/未到|未开始|未生效/, 'coupon_not_yet_valid'],
  [/门店|不适用/, 'coupon_not_redeemable_here'],
  [/冻结/, 'coupon_frozen'],
  [/不存在|无效/, 'coupon_not_found'],
  [/超出|上限/, 'limit_exceeded'],
]

/** A clear no in Douyin's words, or unknown where they ask to try again. */
export function readNo(code: string, words: string): Refused | Unknown {
  if (again.test(words)) return unknown(`The answer was ${code}: ${words}`)
  return refusedFor(reasons.find(([pattern]) => pattern.test(words))?.[1], refused(code, words))
}
