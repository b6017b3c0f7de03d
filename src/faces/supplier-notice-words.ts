import type { ErrorCode, HubError } from '../core/command/errors.ts'

type Words = { status: number; message: string }

const unavailable = 503

// Suppliers send again what is not answered as taken. Nobody reads the message but who looks into it.
const words: Partial<Record<ErrorCode, Words>> = {
  bad_request: { status: 400, message: '参数不合法' },
  bad_signature: { status: 401, message: '验签失败' },
  request_stale: { status: 401, message: '请求时间戳超时' },
  too_many_requests: { status: 429, message: '请求过于频繁' },
  setup_not_found: { status: 404, message: '通道不存在' },
  coupon_not_found: { status: unavailable, message: '券尚未登记，请重发' },
  coupon_busy: { status: unavailable, message: '券处理中，请重发' },
  busy: { status: unavailable, message: '系统繁忙，请重发' },
  outcome_unknown: { status: unavailable, message: '处理结果未知，请重发' },
}

const systemError: Words = { status: 500, message: '系统异常' }

/** How a refusal is told; undefined: an error of ours. */
export const wordsFor = (refusal: HubError | undefined): Words =>
  (refusal === undefined ? undefined : words[refusal.code]) ?? systemError
