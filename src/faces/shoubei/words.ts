import type { ErrorCode } from '../../core/command/errors.ts'

/** One answer in Shoubei's words: four digits, and what they mean. docs/faces/shoubei.md has the table. */
export type Words = { code: string; msg: string }

/** Shoubei, 返回参数: `return_msg` is “操作成功”, “参数不合法” and so on. */
export const successWords: Words = { code: 'SUCCESS', msg: '操作成功' }
export const systemErrorWords: Words = { code: '0299', msg: '系统异常' }

const ask = '系统繁忙，请查询'

/**
 * The document has one code, 0205 for a coupon that was given back; the rest is ours. 020x: the request; 021x: who
 * asks, and its number; 022x and 023x: the coupon and its redemption; 024x: no room; 029x: ask again.
 */
export const wordsOf: Record<ErrorCode, Words> = {
  bad_request: { code: '0201', msg: '参数不合法' },
  app_unknown: { code: '0202', msg: '机构不存在' },
  app_disabled: { code: '0203', msg: '机构已停用' },
  address_not_allowed: { code: '0204', msg: 'IP不允许访问' },
  coupon_voided: { code: '0205', msg: '券码已退款' },
  bad_signature: { code: '0206', msg: '验签失败' },
  too_many_requests: { code: '0207', msg: '请求过于频繁' },
  request_stale: { code: '0208', msg: '请求时间戳超时' },
  request_replayed: { code: '0209', msg: '请求重复' },
  channel_unknown: { code: '0210', msg: '渠道不存在' },
  channel_disabled: { code: '0211', msg: '渠道已停用' },
  merchant_unknown: { code: '0212', msg: '商户或门店不存在' },
  merchant_disabled: { code: '0213', msg: '商户或门店已停用' },
  request_conflict: { code: '0214', msg: '核销流水号重复' },
  request_cancelled: { code: '0215', msg: '核销流水号已撤销' },
  order_voided: { code: '0216', msg: '订单已作废' },
  redemption_reversed: { code: '0217', msg: '核销已撤销' },
  activity_not_found: { code: '0218', msg: '活动不存在' },
  activity_closed: { code: '0219', msg: '活动未开始或已结束' },
  template_not_found: { code: '0220', msg: '券模板不存在' },
  template_disabled: { code: '0221', msg: '券模板已停用' },
  template_unsuitable: { code: '0222', msg: '券模板不适用' },
  supplier_not_supported: { code: '0223', msg: '通道类型不支持' },
  order_not_found: { code: '0224', msg: '订单不存在' },
  too_many_guesses: { code: '0225', msg: '无效券码尝试过多，请稍后再试' },
  coupon_not_found: { code: '0226', msg: '券码不存在' },
  coupon_redeemed: { code: '0227', msg: '券码已使用' },
  coupon_busy: { code: '0228', msg: '券码处理中' },
  coupon_frozen: { code: '0229', msg: '券码已冻结' },
  coupon_inactive: { code: '0230', msg: '券码未激活' },
  coupon_expired: { code: '0231', msg: '券码已过期' },
  coupon_not_yet_valid: { code: '0232', msg: '券码未生效' },
  coupon_not_redeemable_here: { code: '0233', msg: '券码不适用于该门店' },
  coupon_state_conflict: { code: '0234', msg: '券码状态不允许该操作' },
  redemption_not_found: { code: '0235', msg: '核销记录不存在' },
  redemption_not_reversible: { code: '0236', msg: '核销不可撤销' },
  order_amount_too_small: { code: '0237', msg: '订单金额未达使用门槛' },
  rule_rejected: { code: '0238', msg: '不符合活动规则' },
  limit_exceeded: { code: '0239', msg: '超出使用限制' },
  balance_too_low: { code: '0242', msg: '余额不足' },
  stock_exhausted: { code: '0240', msg: '库存不足' },
  supplier_rejected: { code: '0241', msg: '通道拒绝' },
  supplier_unanswered: { code: '0290', msg: ask },
  busy: { code: '0291', msg: ask },
  outcome_unknown: { code: '0292', msg: ask },
  action_not_allowed: systemErrorWords,
  setup_not_found: systemErrorWords,
  setup_conflict: systemErrorWords,
}

/**
 * What `return_code` says by itself ("响应码仅代表通信或参数"): the request was not understood or not let in, or
 * whether it happened is not known. These never carry a `result_code`.
 */
export const transportCodes: ReadonlySet<ErrorCode> = new Set([
  'bad_request',
  'app_unknown',
  'app_disabled',
  'address_not_allowed',
  'bad_signature',
  'too_many_requests',
  'request_stale',
  'request_replayed',
  'supplier_unanswered',
  'busy',
  'outcome_unknown',
  'action_not_allowed',
  'setup_not_found',
  'setup_conflict',
])
