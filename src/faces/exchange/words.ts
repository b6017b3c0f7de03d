import type { ErrorCode } from '../../core/command/errors.ts'

/** One answer in Exchange's words: its status, and what it means. docs/faces/exchange.md has the table. */
export type Words = { code: number; msg: string }

export const successWords: Words = { code: 0, msg: '成功' }
/** 数据异常: nobody can say what became of the request. */
export const systemErrorWords: Words = { code: 99, msg: '系统异常，请查单' }
/** 没有对应的接口方法 */
export const noSuchMethodWords: Words = { code: 4, msg: '没有对应的接口方法' }

/**
 * The document's own list: 1 failed, 2 bad sign, 3 parameters, 5 time stamp, 6 nonce, 7 not found, 8 number used, 9
 * balance, 10 address, 11 stock. 98 and 99 ask the partner to query before it tries again, so they are kept for what is
 * not known: a clear no is never one of them.
 */
export const wordsOf: Record<ErrorCode, Words> = {
  bad_request: { code: 3, msg: '请求参数缺失或不合法' },
  app_unknown: { code: 7, msg: '业务ID不存在' },
  app_disabled: { code: 1, msg: '业务ID已停用' },
  address_not_allowed: { code: 10, msg: 'IP校验不通过' },
  bad_signature: { code: 2, msg: '验签失败' },
  too_many_requests: { code: 1, msg: '请求过于频繁' },
  request_stale: { code: 5, msg: '接口请求时间超长' },
  action_not_allowed: { code: 1, msg: '该业务ID不能使用此接口' },
  request_replayed: { code: 6, msg: 'nonce重复' },
  channel_unknown: { code: 7, msg: '商家ID不存在' },
  channel_disabled: { code: 1, msg: '商家ID已停用' },
  merchant_unknown: { code: 7, msg: '商户或门店不存在' },
  merchant_disabled: { code: 1, msg: '商户或门店已停用' },
  request_conflict: { code: 8, msg: '单号重复' },
  request_cancelled: { code: 1, msg: '请求已撤销' },
  order_voided: { code: 1, msg: '订单已取消' },
  redemption_reversed: { code: 1, msg: '核销已撤销' },
  activity_not_found: { code: 7, msg: '活动不存在' },
  activity_closed: { code: 1, msg: '活动未开始或已结束' },
  template_not_found: { code: 7, msg: '产品不存在' },
  template_disabled: { code: 1, msg: '产品已停用或已过期' },
  template_unsuitable: { code: 1, msg: '产品不支持该接口' },
  supplier_not_supported: { code: 1, msg: '通道不支持' },
  order_not_found: { code: 7, msg: '订单不存在' },
  too_many_guesses: { code: 1, msg: '无效券码尝试过多' },
  coupon_not_found: { code: 7, msg: '券不存在' },
  coupon_voided: { code: 1, msg: '券已作废' },
  coupon_redeemed: { code: 1, msg: '券已使用' },
  coupon_busy: { code: 1, msg: '券处理中' },
  coupon_frozen: { code: 1, msg: '券已冻结' },
  coupon_inactive: { code: 1, msg: '券未激活' },
  coupon_expired: { code: 1, msg: '券已过期' },
  coupon_not_yet_valid: { code: 1, msg: '券未生效' },
  coupon_not_redeemable_here: { code: 1, msg: '券不适用于该门店' },
  coupon_state_conflict: { code: 1, msg: '券状态不允许该操作' },
  redemption_not_found: { code: 7, msg: '核销记录不存在' },
  redemption_not_reversible: { code: 1, msg: '核销不可撤销' },
  order_amount_too_small: { code: 1, msg: '订单金额未达使用门槛' },
  rule_rejected: { code: 1, msg: '不符合活动规则' },
  limit_exceeded: { code: 1, msg: '超出领取限制' },
  balance_too_low: { code: 9, msg: '余额不足' },
  stock_exhausted: { code: 11, msg: '库存不足' },
  supplier_rejected: { code: 1, msg: '通道拒绝' },
  supplier_unanswered: { code: 98, msg: '通道处理中，请查单' },
  setup_not_found: { code: 1, msg: '设置不存在' },
  setup_conflict: { code: 1, msg: '设置冲突' },
  busy: { code: 1, msg: '系统繁忙，请稍后重试' },
  outcome_unknown: { code: 98, msg: '订单结果未知，请查单' },
}
