import type { CouponRow, Use } from '../db/coupons.ts'
import { stateAt } from './coupon.ts'
import { refuse } from './errors.ts'
import type { Setup } from './set-up/snapshot.ts'

/** What can be done to a coupon besides redeeming it. */
export type CouponAct = 'void' | 'freeze' | 'unfreeze' | 'delay' | 'expire'

/** What an act changes; undefined where the coupon is as the act would make it already. Pure; refuses what may not be. */
type Act = (
  coupon: CouponRow,
  command: { until?: Date | undefined },
  setup: Setup,
  now: Date,
) => Partial<Pick<CouponRow, 'state' | 'validUntil' | 'usesReturned'>> | undefined

export const couponActs: Record<CouponAct, Act> = { void: voidIt, freeze, unfreeze, delay, expire }

/** The words for a state that an act cannot start from, in the order of precedence of the codes. */
function refuseState(coupon: CouponRow, act: CouponAct, now: Date): never {
  const state = stateAt(coupon, now)
  if (state === 'voided') refuse('coupon_voided', 'the coupon was voided')
  if (state === 'redeemed') refuse('coupon_redeemed', 'the coupon is used')
  if (state === 'redeeming') refuse('coupon_busy', 'the coupon is being redeemed')
  if (state === 'expired') refuse('coupon_expired', `the coupon ended at ${coupon.validUntil.toISOString()}`)
  return refuse('coupon_state_conflict', `${act} is not possible while the coupon is ${state}`)
}

function voidIt(coupon: CouponRow, _: unknown, setup: Setup, now: Date) {
  const state = stateAt(coupon, now)
  if (state === 'voided') return undefined
  if (state !== 'issued' && state !== 'frozen' && state !== 'inactive') return refuseState(coupon, 'void', now)
  return { state: 'voided' as const, usesReturned: returnedUses(coupon, setup) }
}

// Stock of own codes comes back where the template says so. A pool code that was handed out is burnt, and its stock
// with it. What a holder may have comes back in either case.
function returnedUses(coupon: CouponRow, setup: Setup): Use[] {
  const isOwn = setup.codeSources.get(coupon.sourceId)?.kind === 'space'
  const isStockReturned = isOwn && (setup.templates.get(coupon.templateId)?.isStockReturned ?? false)
  return coupon.uses.filter(([key]) => isStockReturned || !key.startsWith('stock:'))
}

function freeze(coupon: CouponRow, _: unknown, __: Setup, now: Date) {
  const state = stateAt(coupon, now)
  if (state === 'frozen') return undefined
  return state === 'issued' ? { state: 'frozen' as const } : refuseState(coupon, 'freeze', now)
}

function unfreeze(coupon: CouponRow, _: unknown, __: Setup, now: Date) {
  const state = stateAt(coupon, now)
  if (state === 'issued') return undefined
  return state === 'frozen' ? { state: 'issued' as const } : refuseState(coupon, 'unfreeze', now)
}

// An expired coupon may be given more time: only a used or a voided one may not.
function delay(coupon: CouponRow, { until }: { until?: Date | undefined }, _: Setup, now: Date) {
  const state = stateAt(coupon, now)
  if (state === 'voided' || state === 'redeemed' || state === 'redeeming') return refuseState(coupon, 'delay', now)
  if (until === undefined || until <= now || until <= coupon.validFrom) {
    return refuse('bad_request', 'the new end must lie in the future', { field: 'until' })
  }
  if (until.getTime() === coupon.validUntil.getTime() && state !== 'expired') return undefined
  return { validUntil: until, ...(coupon.state === 'expired' ? { state: 'issued' as const } : {}) }
}

function expire(coupon: CouponRow, _: unknown, __: Setup, now: Date) {
  const isDue = coupon.state !== 'expired' && stateAt(coupon, now) === 'expired'
  return isDue ? { state: 'expired' as const } : undefined
}
