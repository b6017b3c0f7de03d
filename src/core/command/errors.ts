import type { CouponName, CouponRow } from '../../db/coupons.ts'
import type { Explanation } from './explanation.ts'

/**
 * Every refusal of the hub, in order of precedence: when two apply, the caller hears the one listed first.
 * Each face gives every code its own words (a total record: a forgotten code does not compile), and docs/errors.md
 * is held to this list by a test. A broken invariant is not a refusal: it is an ordinary Error, the request fails
 * whole, and the partner hears "system error".
 */
export const errorCodes = [
  'bad_request',
  'app_unknown',
  'app_disabled',
  'address_not_allowed',
  'bad_signature',
  'too_many_requests',
  'request_stale',
  'action_not_allowed',
  'request_replayed',
  'channel_unknown',
  'channel_disabled',
  'merchant_unknown',
  'merchant_disabled',
  'request_conflict',
  'request_cancelled',
  'order_voided',
  'redemption_reversed',
  'activity_not_found',
  'activity_closed',
  'template_not_found',
  'template_disabled',
  'template_unsuitable',
  'supplier_not_supported',
  'order_not_found',
  'too_many_guesses',
  'coupon_not_found',
  'coupon_voided',
  'coupon_redeemed',
  'coupon_busy',
  'coupon_frozen',
  'coupon_inactive',
  'coupon_expired',
  'coupon_not_yet_valid',
  'coupon_not_redeemable_here',
  'coupon_state_conflict',
  'redemption_not_found',
  'redemption_not_reversible',
  'order_amount_too_small',
  'rule_rejected',
  'limit_exceeded',
  'balance_too_low',
  'stock_exhausted',
  'supplier_rejected',
  'supplier_unanswered',
  'setup_not_found',
  'setup_conflict',
  'busy',
  'outcome_unknown',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** A refusal. `message` is for the log and for operators; partners hear the words of their face. */
export class HubError extends Error {
  override readonly name = 'HubError'
  readonly code: ErrorCode
  /** The wire's name of the field that was refused, where there is one. */
  readonly field: string | undefined
  /** What the partner hears in place of its face's words: a rule's own message. */
  readonly words: string | undefined
  /** Why, as it is kept and shown. */
  readonly explanation: Explanation | undefined
  /** The coupon that was refused, where one was found. */
  coupon: RefusedCoupon | undefined = undefined

  constructor(code: ErrorCode, message: string, options: HubErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.code = code
    this.field = options.field
    this.words = options.words
    this.explanation = options.explanation
  }
}

/** A coupon that was refused, and whose it is. */
export type RefusedCoupon = CouponName & Pick<CouponRow, 'channelId' | 'activityId' | 'templateId'>

type HubErrorOptions = {
  field?: string | undefined
  words?: string | undefined
  explanation?: Explanation | undefined
  cause?: unknown
}

/** Refuses: ends the work at hand with a `HubError` that the caller's face turns into its own words. */
export function refuse(code: ErrorCode, message: string, options: HubErrorOptions = {}): never {
  throw new HubError(code, message, options)
}
