import type { RefusalReason } from '../supplier.ts'

/** A hub's codes and words for what it refuses, and why. Others have the words at most. docs/suppliers/shoubei.md. */
export const refusals: readonly (readonly [code: string, words: string, reason: RefusalReason])[] = [
  ['0205', '券码已退款', 'coupon_voided'],
  ['0226', '券码不存在', 'coupon_not_found'],
  ['0227', '券码已使用', 'coupon_redeemed'],
  ['0228', '券码处理中', 'coupon_busy'],
  ['0229', '券码已冻结', 'coupon_frozen'],
  ['0231', '券码已过期', 'coupon_expired'],
  ['0232', '券码未生效', 'coupon_not_yet_valid'],
  ['0233', '券码不适用于该门店', 'coupon_not_redeemable_here'],
  ['0235', '核销记录不存在', 'redemption_not_found'],
  ['0236', '核销不可撤销', 'redemption_not_reversible'],
  ['0237', '订单金额未达使用门槛', 'order_amount_too_small'],
  ['0239', '超出使用限制', 'limit_exceeded'],
  ['0240', '库存不足', 'stock_exhausted'],
]

/** By the code; by the words where there is none. */
export const reasonOf = (code: string | undefined, words: string): RefusalReason | undefined =>
  refusals.find(([known, text]) => (code === undefined ? text === words : known === code))?.[2]
