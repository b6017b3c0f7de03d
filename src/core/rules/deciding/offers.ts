import { judgeBuyGet } from './buy-get-judge.ts'
import { openCart, type Cart } from './cart.ts'
import type { Facts } from '../facts.ts'
import { notMet, type Judgement } from './judgement.ts'
import { isInForce, type Rule } from './rule.ts'

/** What the BuyGet rules in force say of a cart: a judgement for each, at its place among the rules. */
export type Offers = {
  cart: Cart | string | undefined
  judgements: (Judgement | undefined)[]
  /** One of them rejects the request, and is not passed over. */
  isRejected: boolean
}

/** Judges the BuyGet rules in force, in order: goods that one of them used are gone for the next. */
export function judgeOffers(rules: Rule[], facts: Facts, at: number): Offers {
  const offers: Offers = { cart: undefined, judgements: [], isRejected: false }
  offers.judgements = rules.map((rule) => {
    if (rule.body.kind !== 'buyGet' || !isInForce(rule, at)) return undefined
    offers.cart ??= openCart(facts)
    const judgement = typeof offers.cart === 'string' ? notMet(offers.cart) : judgeBuyGet(rule.body, offers.cart)
    offers.isRejected ||= judgement.failure !== undefined && !rule.isContinue
    return judgement
  })
  return offers
}

/** What they take off in all, in fen; undefined where none gives a discount. */
export function offeredFen({ cart }: Offers): number | undefined {
  if (typeof cart !== 'object' || cart.given.length === 0) return undefined
  return cart.given.reduce((sum, { faceFen }) => sum + faceFen, 0)
}
