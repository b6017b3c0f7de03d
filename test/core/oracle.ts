import type { CouponAct } from '../../src/core/coupon/coupon.ts'

/** What is asked of the hub, in the model's own small numbers. Coupons are numbered in the order of their issue. */
export type Ask =
  | { verb: 'issue'; order: number; member: number; quantity: number }
  | { verb: 'redeem'; trace: number; coupon: number }
  | { verb: 'cancel'; trace: number }
  | { verb: CouponAct; coupon: number; hours: number }

type Coupon = {
  member: number
  day: string
  state: 'issued' | 'frozen' | 'redeemed' | 'voided' | 'expired'
  usesLeft: number
  until: number
}
type Bound = { coupon: number; day: string; isReversed: boolean } | 'cancelled'

/** `madePerDay` and `redeemedPerDay` are limits of rules, for all members together. */
export type Rules = typeof fewRules

export const fewRules = {
  stock: 8,
  perMember: 4,
  perMemberDay: 3,
  madePerDay: 5,
  redeemedPerDay: 3,
  useTimes: 2,
  validHours: 30,
}

const hour = 3_600_000
/** The model reckons days by the clock of Shanghai, written as if it were that of Greenwich. */
const dayOf = (now: number): string => new Date(now + 8 * hour).toISOString().slice(0, 10)

/** A hub without a database: the same words and the same state, in the simplest way that there is. */
export function createOracle(rules: Rules) {
  const coupons: Coupon[] = []
  const orders = new Map<number, { content: string; coupons: number[] }>()
  const traces = new Map<number, Bound>()

  const living = (): Coupon[] => coupons.filter((coupon) => coupon.state !== 'voided')
  const standing = (): Exclude<Bound, string>[] =>
    [...traces.values()].filter((bound) => bound !== 'cancelled').filter(({ isReversed }) => !isReversed)
  const stateAt = (coupon: Coupon, now: number): Coupon['state'] =>
    coupon.until <= now && (coupon.state === 'issued' || coupon.state === 'frozen') ? 'expired' : coupon.state

  function issue({ order, member, quantity }: Extract<Ask, { verb: 'issue' }>, now: number): string {
    const content = `${member}/${quantity}`
    const earlier = orders.get(order)
    if (earlier !== undefined) {
      if (earlier.content !== content) return 'request_conflict'
      return earlier.coupons.every((i) => coupons[i]!.state === 'voided') ? 'order_voided' : 'ok'
    }
    const own = living().filter((coupon) => coupon.member === member)
    const today = own.filter((coupon) => coupon.day === dayOf(now))
    const madeToday = living().filter((coupon) => coupon.day === dayOf(now))
    if (madeToday.length + quantity > rules.madePerDay) return 'limit_exceeded'
    if (own.length + quantity > rules.perMember || today.length + quantity > rules.perMemberDay) return 'limit_exceeded'
    if (living().length + quantity > rules.stock) return 'stock_exhausted'
    const numbers = Array.from({ length: quantity }, (_, i) => coupons.length + i)
    const until = now + rules.validHours * hour
    for (const _ of numbers) coupons.push({ member, day: dayOf(now), state: 'issued', usesLeft: rules.useTimes, until })
    orders.set(order, { content, coupons: numbers })
    return 'ok'
  }

  function redeem(ask: Extract<Ask, { verb: 'redeem' }>, now: number): string {
    const bound = traces.get(ask.trace)
    if (bound === 'cancelled') return 'request_cancelled'
    if (bound !== undefined && bound.coupon !== ask.coupon) return 'request_conflict'
    if (bound !== undefined) return bound.isReversed ? 'redemption_reversed' : 'ok'
    const coupon = coupons[ask.coupon]!
    const state = stateAt(coupon, now)
    if (state !== 'issued') return `coupon_${state}`
    const redeemedToday = standing().filter(({ day }) => day === dayOf(now))
    if (redeemedToday.length >= rules.redeemedPerDay) return 'limit_exceeded'
    coupon.usesLeft -= 1
    if (coupon.usesLeft === 0) coupon.state = 'redeemed'
    traces.set(ask.trace, { coupon: ask.coupon, day: dayOf(now), isReversed: false })
    return 'ok'
  }

  function cancel({ trace }: Extract<Ask, { verb: 'cancel' }>, now: number): string {
    const bound = traces.get(trace)
    if (bound === undefined) traces.set(trace, 'cancelled')
    if (bound === undefined || bound === 'cancelled' || bound.isReversed) return 'ok'
    if (bound.day !== dayOf(now)) return 'redemption_not_reversible'
    bound.isReversed = true
    const coupon = coupons[bound.coupon]!
    coupon.usesLeft += 1
    if (coupon.state === 'redeemed') coupon.state = 'issued'
    return 'ok'
  }

  function change({ verb, coupon: i, hours }: Extract<Ask, { verb: CouponAct }>, now: number): string {
    const coupon = coupons[i]!
    const state = stateAt(coupon, now)
    const isOpen = state === 'issued' || state === 'frozen'
    if (verb === 'expire') {
      coupon.state = state
      return 'ok'
    }
    if (verb === 'void' && state === 'voided') return 'ok'
    if (verb === 'delay' && (isOpen || state === 'expired')) {
      Object.assign(coupon, { until: now + hours * hour, state: isOpen ? state : 'issued' })
      return 'ok'
    }
    if (!isOpen) return `coupon_${state}`
    coupon.state = verb === 'void' ? 'voided' : verb === 'freeze' ? 'frozen' : 'issued'
    return 'ok'
  }

  return {
    couponCount: () => coupons.length,
    /** The coupon that a trace number is bound to. */
    couponOf: (trace: number): number | undefined => {
      const bound = traces.get(trace)
      return bound === undefined || bound === 'cancelled' ? undefined : bound.coupon
    },
    /** Whether nothing of what these asks take together can run out: then it does not matter which comes first. */
    hasRoom: (asks: readonly Ask[], now: number): boolean => {
      const wanted = asks.reduce((sum, ask) => (ask.verb === 'issue' ? sum + ask.quantity : sum), 0)
      const redeeming = asks.filter(({ verb }) => verb === 'redeem').length
      const made = living()
      const madeToday = made.filter(({ day }) => day === dayOf(now)).length
      const redeemedToday = standing().filter(({ day }) => day === dayOf(now)).length
      const isMade = made.length + wanted <= rules.stock && madeToday + wanted <= rules.madePerDay
      return isMade && redeemedToday + redeeming <= rules.redeemedPerDay
    },
    answer: (ask: Ask, now: number): string => {
      if (ask.verb === 'issue') return issue(ask, now)
      if (ask.verb === 'redeem') return redeem(ask, now)
      return ask.verb === 'cancel' ? cancel(ask, now) : change(ask, now)
    },
    /** What the database must hold. */
    picture: () => ({
      coupons: coupons.map(({ state, usesLeft }) => `${state} ${usesLeft}`),
      stock: living().length,
      standing: standing().length,
    }),
  }
}
