import type { ErrorCode } from '../../core/command/errors.ts'

/** How the hub calls this wire. */
export const face = 'whale'

/** One answer in Whale's words: two characters, and what they mean. docs/faces/whale.md has the table. */
export type Words = { code: string; msg: string }

export const successCode = '00'
export const systemErrorWords: Words = { code: '99', msg: '系统异常' }

// facts of the wire: 32 is a result that is not known yet, to be asked for by the query action.
const ask: Words = { code: '32', msg: '处理结果未知，请查询' }

/**
 * The document has 00, and 32 for "unknown"; the rest is ours. 0x: the request; 1x: who asks, and its number; 2x: what
 * was set up, and orders; 4x and 5x: the coupon and its redemption; 6x: no room; 7x: the back office; 9x: the hub.
 */
export const wordsOf: Record<ErrorCode, Words> = {
  bad_request: { code: '01', msg: '参数不合法' },
  app_unknown: { code: '02', msg: '应用不存在' },
  app_disabled: { code: '03', msg: '应用已停用' },
  address_not_allowed: { code: '04', msg: 'IP不允许访问' },
  bad_signature: { code: '05', msg: '验签失败' },
  too_many_requests: { code: '06', msg: '请求过于频繁' },
  request_stale: { code: '07', msg: '请求时间戳超时' },
  action_not_allowed: { code: '08', msg: '应用无权调用该接口' },
  request_replayed: { code: '09', msg: '请求重复(sign已使用)' },
  channel_unknown: { code: '10', msg: '销售渠道不存在' },
  channel_disabled: { code: '11', msg: '销售渠道已停用' },
  merchant_unknown: { code: '12', msg: '商户或门店不存在' },
  merchant_disabled: { code: '13', msg: '商户或门店已停用' },
  request_conflict: { code: '14', msg: '请求号重复' },
  request_cancelled: { code: '15', msg: '请求已撤销' },
  order_voided: { code: '16', msg: '订单已作废' },
  redemption_reversed: { code: '17', msg: '核销已撤销' },
  activity_not_found: { code: '20', msg: '活动不存在' },
  activity_closed: { code: '21', msg: '活动未开始或已结束' },
  template_not_found: { code: '22', msg: '券模板不存在' },
  template_disabled: { code: '23', msg: '券模板已停用或已过期' },
  template_unsuitable: { code: '24', msg: '券模板不适用' },
  supplier_not_supported: { code: '25', msg: '通道不支持' },
  order_not_found: { code: '26', msg: '订单不存在' },
  too_many_guesses: { code: '40', msg: '无效券码尝试过多，请稍后再试' },
  coupon_not_found: { code: '41', msg: '券码不存在' },
  coupon_voided: { code: '42', msg: '券码已作废' },
  coupon_redeemed: { code: '43', msg: '券码已使用' },
  coupon_busy: { code: '44', msg: '券码处理中' },
  coupon_frozen: { code: '45', msg: '券码已冻结' },
  coupon_inactive: { code: '46', msg: '券码未激活' },
  coupon_expired: { code: '47', msg: '券码已过期' },
  coupon_not_yet_valid: { code: '48', msg: '券码未生效' },
  coupon_not_redeemable_here: { code: '49', msg: '券码不适用于该门店' },
  coupon_state_conflict: { code: '50', msg: '券码状态不允许该操作' },
  redemption_not_found: { code: '51', msg: '核销记录不存在' },
  redemption_not_reversible: { code: '52', msg: '核销不可撤销' },
  order_amount_too_small: { code: '53', msg: '订单金额未达使用门槛' },
  rule_rejected: { code: '60', msg: '不符合活动规则' },
  limit_exceeded: { code: '61', msg: '超出限量' },
  balance_too_low: { code: '64', msg: '余额不足' },
  stock_exhausted: { code: '62', msg: '库存不足' },
  supplier_rejected: { code: '63', msg: '制码方拒绝' },
  supplier_unanswered: ask,
  setup_not_found: { code: '70', msg: '引用的资料不存在' },
  setup_conflict: { code: '71', msg: '与已有资料冲突' },
  busy: { code: '98', msg: '系统繁忙，请稍后重试' },
  outcome_unknown: ask,
}
