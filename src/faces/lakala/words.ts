import type { ErrorCode } from '../../core/command/errors.ts'
import { failureCodeOf } from '../../core/issue/look-up-order.ts'

/** One answer in Lakala's words: six digits, and what they mean. docs/faces/lakala.md has the table. */
export type Words = { code: string; msg: string }

export const successWords: Words = { code: '000000', msg: '处理成功' }
/** Lakala §2, the failed answer. */
export const systemErrorWords: Words = { code: '999999', msg: '系统异常' }

/**
 * The document has words for success and for "system error", and 000095 is known for a number used with other
 * content; the rest is ours. 1xxxxx: the request; 2xxxxx: what it asked for; 3xxxxx: no room; 9xxxxx: ask again.
 */
export const wordsOf: Record<ErrorCode, Words> = {
  bad_request: { code: '100001', msg: '参数不合法' },
  app_unknown: { code: '100002', msg: '应用不存在' },
  app_disabled: { code: '100003', msg: '应用已停用' },
  address_not_allowed: { code: '100004', msg: 'IP不允许访问' },
  bad_signature: { code: '100005', msg: '验签失败' },
  too_many_requests: { code: '100006', msg: '请求过于频繁' },
  request_stale: { code: '100007', msg: '请求时间戳超时' },
  request_replayed: { code: '100008', msg: '请求重复(nonce_str已使用)' },
  channel_unknown: { code: '100010', msg: '业主不存在' },
  channel_disabled: { code: '100011', msg: '业主已停用' },
  merchant_unknown: { code: '100012', msg: '商户不存在' },
  merchant_disabled: { code: '100013', msg: '商户已停用' },
  request_conflict: { code: '000095', msg: '订单重复' },
  request_cancelled: { code: '200001', msg: '请求已撤销' },
  order_voided: { code: '200002', msg: '订单已作废' },
  redemption_reversed: { code: '200003', msg: '核销已撤销' },
  activity_not_found: { code: '200010', msg: '活动不存在' },
  activity_closed: { code: '200011', msg: '活动未开始或已结束' },
  template_not_found: { code: '200012', msg: '优惠不存在' },
  template_disabled: { code: '200013', msg: '优惠已停用或已过期' },
  template_unsuitable: { code: '200014', msg: '优惠不支持该渠道' },
  supplier_not_supported: { code: '200015', msg: '通道不支持' },
  order_not_found: { code: '200020', msg: '订单不存在' },
  too_many_guesses: { code: '200021', msg: '无效券码尝试过多' },
  coupon_not_found: { code: '200022', msg: '券不存在' },
  coupon_voided: { code: '200023', msg: '券已作废' },
  coupon_redeemed: { code: '200024', msg: '券已使用' },
  coupon_busy: { code: '200025', msg: '券处理中' },
  coupon_frozen: { code: '200026', msg: '券已冻结' },
  coupon_inactive: { code: '200027', msg: '券未激活' },
  coupon_expired: { code: '200028', msg: '券已过期' },
  coupon_not_yet_valid: { code: '200029', msg: '券未生效' },
  coupon_not_redeemable_here: { code: '200030', msg: '券不适用于该门店' },
  coupon_state_conflict: { code: '200031', msg: '券状态不允许该操作' },
  redemption_not_found: { code: '200032', msg: '核销记录不存在' },
  redemption_not_reversible: { code: '200033', msg: '核销不可撤销' },
  order_amount_too_small: { code: '200034', msg: '订单金额未达使用门槛' },
  rule_rejected: { code: '200035', msg: '不符合活动规则' },
  limit_exceeded: { code: '300001', msg: '超出领取限制' },
  balance_too_low: { code: '300004', msg: '余额不足' },
  stock_exhausted: { code: '300002', msg: '库存不足' },
  supplier_rejected: { code: '300003', msg: '通道拒绝' },
  supplier_unanswered: { code: '900001', msg: '通道处理中，请查询' },
  action_not_allowed: systemErrorWords,
  setup_not_found: systemErrorWords,
  setup_conflict: systemErrorWords,
  busy: { code: '900002', msg: '系统繁忙，请稍后重试' },
  outcome_unknown: { code: '900003', msg: '处理结果未知，请查询' },
}

/**
 * Why an order failed, the same in answer, query and callback: our own words where it is clear what the supplier meant, else
 * the supplier's.
 */
export const failMsgOf = (order: Parameters<typeof failureCodeOf>[0] & { failure: string | null }): string =>
  (order.failureCode === null ? order.failure : null) ?? wordsOf[failureCodeOf(order)].msg
