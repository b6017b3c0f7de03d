import type { BuyGet } from './bodies.ts'
import { matchGoods, takePieces, type Cart, type Matched } from './cart.ts'
import { showYuan } from './decimal.ts'
import { worthOfPieces, discountOf, settleDiscount } from './discount.ts'
import type { PreparedExpression } from './expression.ts'
import { met, notMet, type Judgement } from './judgement.ts'

/**
 * Whether the cart meets the rule, and what it gets off. The discount is given to `cart` then, so that later rules do not
 * see its pieces.
 */
export function judgeBuyGet(rule: BuyGet, cart: Cart): Judgement {
  if (!cart.hasGoods && needsGoods(rule)) return notMet('the request has no goodsDetail')
  if (cart.amountFen < rule.limitMinAmountFen) {
    return notMet(`the cart is ${showYuan(cart.amountFen)}, ${showYuan(rule.limitMinAmountFen - cart.amountFen)} short`)
  }
  const matched = matchGoods(cart, rule)
  if (rule.check !== undefined) {
    const checked = rule.check.evaluate(matched.groups, cart)
    if (checked instanceof Error) return notMet(`checkExpression failed: ${firstLine(checked)}`)
    if (checked !== true) return notMet('checkExpression is not true for the cart')
  }
  const pieces = rule.pieces === undefined ? matched.pieces : countPieces(rule, rule.pieces, cart, matched)
  if (typeof pieces === 'string') return notMet(pieces)
  return pieces.some((qty) => qty > 0) ? giveDiscount(rule, cart, pieces) : notMet('no goods of the cart match')
}

const needsGoods = ({ groupOf, check, pieces, offer }: BuyGet): boolean =>
  groupOf !== undefined ||
  check !== undefined ||
  pieces !== undefined ||
  offer?.kind === 'fixedAmount' ||
  offer?.kind === 'setMeal'

const firstLine = ({ message }: Error): string => message.split('\n', 1)[0] ?? ''

/** The pieces of each line that `returnExpression` puts the discount on, or what is wrong with it. */
function countPieces(rule: BuyGet, expression: PreparedExpression, cart: Cart, matched: Matched): number[] | string {
  const counts = expression.evaluate(matched.groups, cart)
  if (counts instanceof Error) return `returnExpression failed: ${firstLine(counts)}`
  return takePieces(cart, rule, matched, (group) => Number(Array.isArray(counts) ? (counts[group] ?? 0) : counts))
}

function giveDiscount(rule: BuyGet, cart: Cart, pieces: number[]): Judgement {
  const { offer } = rule
  if (offer === undefined) return met
  const matchedFen = worthOfPieces(cart, pieces)
  const times = timesOf(rule, matchedFen)
  if (times === 0) return notMet(`the matched goods are ${showYuan(matchedFen)}, less than limitMinAmount`)
  const offFen = discountOf(offer, cart, { pieces, matchedFen, times })
  const discount = settleDiscount(cart, rule, { pieces, matchedFen, offFen })
  if (offer.kind !== 'none' && discount.faceFen === 0 && rule.faceValueFen === undefined) {
    return notMet('there is nothing to take off the matched goods')
  }
  cart.given.push(discount)
  return { failure: undefined, counters: met.counters, discount }
}

function timesOf({ superposition, limitMinAmountFen }: BuyGet, matchedFen: number): number {
  if (superposition === 0) return 1
  const times = Math.floor(matchedFen / limitMinAmountFen)
  return superposition === 1 ? times : Math.min(times, superposition)
}
