import type { CouponName, CouponRow, CouponState } from '../../db/coupons.ts'
import { refuse } from '../command/errors.ts'

export const couponKey = (name: CouponName): string => `${name.lane}/${name.sourceId}/${name.serial}`

/** The state that counts: past its end a coupon is expired, whether or not the sweep has been there. */
export function stateAt(coupon: Pick<CouponRow, 'state' | 'validUntil'>, now: Date): CouponState {
  const isOpen = coupon.state === 'issued' || coupon.state === 'frozen' || coupon.state === 'inactive'
  return isOpen && coupon.validUntil <= now ? 'expired' : coupon.state
}

/** Refuses a coupon that cannot be used now, whoever asks, in the order of precedence of the codes. */
export function refuseUnlessUsable(coupon: CouponRow, now: Date): void {
  const state = stateAt(coupon, now)
  if (state === 'voided') refuse('coupon_voided', 'the coupon was voided')
  if (state === 'redeemed') refuse('coupon_redeemed', 'the coupon is used')
  if (state === 'redeeming') refuse('coupon_busy', 'the coupon is being redeemed')
  if (state === 'frozen') refuse('coupon_frozen', 'the coupon is frozen')
  if (state === 'inactive') refuse('coupon_inactive', 'the coupon is not active')
  if (state === 'expired') refuse('coupon_expired', `the coupon ended at ${coupon.validUntil.toISOString()}`)
  if (coupon.validFrom > now) {
    refuse('coupon_not_yet_valid', `the coupon is valid from ${coupon.validFrom.toISOString()}`)
  }
}
