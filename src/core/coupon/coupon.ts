import type { CouponName, CouponRow, CouponState, Use } from '../../db/coupons.ts'
import { refuse } from '../command/errors.ts'
import type { Setup } from '../set-up/snapshot.ts'

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

/** What can be done to a coupon besides redeeming it. */
export type CouponAct = 'void' | 'freeze' | 'unfreeze' | 'delay' | 'activate' | 'expire'

/** What an act looks at besides the coupon: `counted` are the counters that there are still. */
export type ActWorld = { setup: Setup; counted: ReadonlySet<string> }

/** What an act changes; undefined where the coupon is as the act would make it already. Pure; refuses what may not be. */
type Act = (
  coupon: CouponRow,
  command: { until?: Date | undefined },
  world: ActWorld,
  now: Date,
) => Partial<Pick<CouponRow, 'state' | 'validUntil' | 'usesReturned'>> | undefined

export const couponActs: Record<CouponAct, Act> = { void: voidIt, freeze, unfreeze, delay, activate, expire }

/** The words for a state that an act cannot start from, in the order of precedence of the codes. */
function refuseState(coupon: CouponRow, act: CouponAct, now: Date): never {
  const state = stateAt(coupon, now)
  if (state === 'voided') refuse('coupon_voided', 'the coupon was voided')
  if (state === 'redeemed') refuse('coupon_redeemed', 'the coupon is used')
  if (state === 'redeeming') refuse('coupon_busy', 'the coupon is being redeemed')
  if (state === 'expired') refuse('coupon_expired', `the coupon ended at ${coupon.validUntil.toISOString()}`)
  return refuse('coupon_state_conflict', `${act} is not possible while the coupon is ${state}`)
}

function voidIt(coupon: CouponRow, _: unknown, world: ActWorld, now: Date) {
  const state = stateAt(coupon, now)
  if (state === 'voided') return undefined
  if (state !== 'issued' && state !== 'frozen' && state !== 'inactive') return refuseState(coupon, 'void', now)
  return { state: 'voided' as const, usesReturned: returnedUses(coupon, world) }
}

// Stock of own codes comes back where the template says so. A pool code that was handed out is burnt, and its stock
// with it. What a holder may have comes back in either case. A day that is over may be counted no longer: nothing can be
// given back to it, and nobody misses it.
function returnedUses(coupon: CouponRow, { setup, counted }: ActWorld): Use[] {
  const isOwn = setup.codeSources.get(coupon.sourceId)?.kind === 'space'
  const isStockReturned = isOwn && (setup.templates.get(coupon.templateId)?.isStockReturned ?? false)
  return coupon.uses.filter(([key]) => counted.has(key) && (isStockReturned || !key.startsWith('stock:')))
}

function freeze(coupon: CouponRow, _: unknown, __: ActWorld, now: Date) {
  const state = stateAt(coupon, now)
  if (state === 'frozen') return undefined
  return state === 'issued' ? { state: 'frozen' as const } : refuseState(coupon, 'freeze', now)
}

function unfreeze(coupon: CouponRow, _: unknown, __: ActWorld, now: Date) {
  const state = stateAt(coupon, now)
  if (state === 'issued') return undefined
  return state === 'frozen' ? { state: 'issued' as const } : refuseState(coupon, 'unfreeze', now)
}

function activate(coupon: CouponRow, _: unknown, __: ActWorld, now: Date) {
  const state = stateAt(coupon, now)
  if (state === 'issued') return undefined
  return state === 'inactive' ? { state: 'issued' as const } : refuseState(coupon, 'activate', now)
}

// An expired coupon may be given more time, and can then be used, whether or not the sweep has been there: only a used
// or a voided one may not.
function delay(coupon: CouponRow, { until }: { until?: Date | undefined }, _: ActWorld, now: Date) {
  if (until === undefined || until <= now || until <= coupon.validFrom) {
    return refuse('bad_request', 'the new end must lie in the future', { field: 'until' })
  }
  const state = stateAt(coupon, now)
  if (state === 'voided' || state === 'redeemed' || state === 'redeeming') return refuseState(coupon, 'delay', now)
  if (until.getTime() === coupon.validUntil.getTime()) return undefined
  return { validUntil: until, ...(state === 'expired' ? { state: 'issued' as const } : {}) }
}

function expire(coupon: CouponRow, _: unknown, __: ActWorld, now: Date) {
  const isDue = coupon.state !== 'expired' && stateAt(coupon, now) === 'expired'
  return isDue ? { state: 'expired' as const } : undefined
}
