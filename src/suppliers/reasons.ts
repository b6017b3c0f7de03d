import type { JsonValue } from '../wire/json.ts'
import type { RefusalReason } from './supplier.ts'

// Total, so that the compiler asks for those that are new.
const known: Record<RefusalReason, true> = {
  coupon_not_found: true,
  coupon_voided: true,
  coupon_redeemed: true,
  coupon_busy: true,
  coupon_frozen: true,
  coupon_expired: true,
  coupon_not_yet_valid: true,
  coupon_not_redeemable_here: true,
  redemption_not_found: true,
  redemption_not_reversible: true,
  order_amount_too_small: true,
  limit_exceeded: true,
  stock_exhausted: true,
}

/** Every reason that the hub has words for. */
export const refusalReasons = Object.keys(known) as RefusalReason[]

export const reasonIn = (value: JsonValue | undefined): RefusalReason | undefined =>
  refusalReasons.find((reason) => reason === value)
