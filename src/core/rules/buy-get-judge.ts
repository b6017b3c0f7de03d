import type { BuyGet } from './bodies.ts'
import { groupGoods, takePieces, type Cart, type Group, type Piece } from './cart.ts'
import { showYuan } from './decimal.ts'
import { discountOf, settleDiscount, useUp } from './discount.ts'
import { met, notMet, type Judgement } from './judgement.ts'

/**
 * Whether the cart meets the rule, and what it gets off. Where it does, the pieces that the discount falls on are used
 * up in `cart`, so that later rules do not see them.
 */
export function judgeBuyGet(rule: BuyGet, cart: Cart): Judgement {
  if (!cart.hasGoods && needsGoods(rule)) return notMet('the request has no goodsDetail')
  if (cart.amountFen < rule.limitMinAmountFen) {
    return notMet(`the cart is ${showYuan(cart.amountFen)}, ${showYuan(rule.limitMinAmountFen - cart.amountFen)} short`)
  }
  const groups = groupGoods(cart, rule.codeType, rule.groupOf, rule.groupCount)
  if (rule.check !== undefined) {
    const checked = rule.check.evaluate(groups, cart)
    if (checked instanceof Error) return notMet(`checkExpression failed: ${firstLine(checked)}`)
    if (checked !== true) return notMet('checkExpression is not true for the cart')
  }
  const pieces = matchPieces(rule, cart, groups)
  return typeof pieces === 'string' ? notMet(pieces) : giveDiscount(rule, cart, pieces)
}

const needsGoods = ({ groupOf, check, pieces, offer }: BuyGet): boolean =>
  groupOf !== undefined ||
  check !== undefined ||
  pieces !== undefined ||
  offer?.kind === 'fixedAmount' ||
  offer?.kind === 'setMeal'

const firstLine = ({ message }: Error): string => message.split('\n', 1)[0] ?? ''

/** The pieces that the discount falls on, or why there are none. */
function matchPieces(rule: BuyGet, cart: Cart, groups: Group[]): Piece[] | string {
  const counts = rule.pieces === undefined ? undefined : rule.pieces.evaluate(groups, cart)
  if (counts instanceof Error) return `returnExpression failed: ${firstLine(counts)}`
  const countOf = (index: number): number => {
    if (counts === undefined) return Number.POSITIVE_INFINITY
    return Number(Array.isArray(counts) ? (counts[index] ?? 0) : counts)
  }
  const pieces: Piece[] = []
  for (const [index, group] of groups.entries()) {
    for (const piece of takePieces(cart, group, countOf(index), rule.isDearestFirst)) pieces.push(piece)
  }
  return pieces.length === 0 ? 'no goods of the cart match' : pieces
}

function giveDiscount(rule: BuyGet, cart: Cart, pieces: Piece[]): Judgement {
  const { offer } = rule
  if (offer === undefined) return met
  const matchedFen = pieces.reduce((sum, { qty, priceFen }) => sum + qty * priceFen, 0)
  const times = timesOf(rule, matchedFen)
  if (times === 0) return notMet(`the matched goods are ${showYuan(matchedFen)}, less than limitMinAmount`)
  const offFen = discountOf(offer, pieces, matchedFen, times)
  const discount = settleDiscount(cart, rule, { pieces, matchedFen, offFen })
  if (offer.kind !== 'none' && discount.faceFen === 0 && rule.faceValueFen === undefined) {
    return notMet('there is nothing to take off the matched goods')
  }
  useUp(cart, discount)
  return { failure: undefined, counters: [], discount }
}

function timesOf({ superposition, limitMinAmountFen }: BuyGet, matchedFen: number): number {
  if (superposition === 0) return 1
  const times = Math.floor(matchedFen / limitMinAmountFen)
  return superposition === 1 ? times : Math.min(times, superposition)
}
