import type { BuyGet, Offer } from './bodies.ts'
import { compareGoods, type Cart, type Piece } from './cart.ts'
import { scale, timesRate } from './decimal.ts'

/** What one BuyGet rule gives, in fen. */
export type Discount = {
  ruleId: string
  /** The face value: what the holder gets off the matched pieces. */
  faceFen: number
  /** What the till books. */
  netFen: number
  /** What is counted against the till's price. */
  reduceFen: number
  /** The merchant bears it. */
  isMerchant: boolean
  /** For the till to print. */
  cashierCode: string | undefined
  pieces: Piece[]
}

/** What the whole cart gets, from all BuyGet rules together. */
export type CartDiscount = {
  faceFen: number
  netFen: number
  reduceFen: number
  /** The part of `faceFen` that merchants bear. */
  merchantFen: number
  cashierCodes: string[]
  rules: Discount[]
}

type Amounts = Pick<
  BuyGet,
  'ruleId' | 'faceValueFen' | 'netValueFen' | 'netRate' | 'reduceValueFen' | 'isMerchant' | 'cashierCode'
>

/** What an offer takes off the pieces, before any bound: `times` is how often a fixed amount falls on them. */
export function discountOf(offer: Offer, pieces: Piece[], matchedFen: number, times: number): number {
  switch (offer.kind) {
    case 'setMeal':
      return Math.max(0, matchedFen - offer.fen)
    case 'fixedAmount':
      return pieces.reduce((sum, { qty, priceFen }) => sum + qty * Math.max(0, priceFen - offer.fen), 0)
    case 'amountOff':
      return offer.fen * times
    case 'discountOff':
      // What is paid is rounded, as a till does it; the discount is the rest.
      return matchedFen - timesRate(matchedFen, offer.paidRate)
    case 'none':
      return 0
  }
}

/** Bounds a discount by what it falls on and by what is left of the cart, and works out the other two amounts. */
export function settleDiscount(
  cart: Cart,
  amounts: Amounts,
  found: { pieces: Piece[]; matchedFen: number; offFen: number },
): Discount {
  const mostFen = Math.min(found.matchedFen, cart.leftFen)
  const faceFen = Math.min(amounts.faceValueFen ?? found.offFen, mostFen)
  return {
    ruleId: amounts.ruleId,
    faceFen,
    netFen: netOf(cart, amounts, faceFen),
    reduceFen: Math.min(amounts.reduceValueFen ?? faceFen, mostFen),
    isMerchant: amounts.isMerchant,
    cashierCode: amounts.cashierCode,
    pieces: found.pieces,
  }
}

function netOf(cart: Cart, { netValueFen, netRate }: Amounts, faceFen: number): number {
  if (netValueFen !== undefined) return netValueFen
  return netRate === undefined ? cart.amountFen - faceFen : timesRate(cart.amountFen, netRate)
}

/** Marks the pieces as used, so that no later rule falls on them. */
export function useUp(cart: Cart, discount: Discount): void {
  for (const { line, qty } of discount.pieces) cart.left[line]! -= qty
  cart.leftFen -= discount.faceFen
}

/** Adds up the rules' discounts: each takes from the till what lies between the cart and its own net. */
export function addUp(cart: Cart, rules: Discount[]): CartDiscount {
  const sum = (of: (discount: Discount) => number): number => rules.reduce((total, rule) => total + of(rule), 0)
  return {
    faceFen: sum(({ faceFen }) => faceFen),
    netFen: Math.max(0, cart.amountFen - sum(({ netFen }) => cart.amountFen - netFen)),
    reduceFen: sum(({ reduceFen }) => reduceFen),
    merchantFen: sum(({ isMerchant, faceFen }) => (isMerchant ? faceFen : 0)),
    cashierCodes: rules.flatMap(({ cashierCode }) => (cashierCode === undefined ? [] : [cashierCode])),
    rules,
  }
}

/**
 * How a discount falls on the lines of the cart, in proportion to what was matched of each, adding up to the fen.
 * Lines are shared out by what they are, not by the order of the cart.
 */
export function shareByLine(
  cart: Pick<Cart, 'goods' | 'hasGoods'>,
  discount: Discount,
): { line: number; qty: number; discountFen: number }[] {
  if (!cart.hasGoods) return []
  const pieces = discount.pieces.toSorted(
    (a, b) => compareGoods(cart.goods[a.line]!, cart.goods[b.line]!) || b.qty - a.qty,
  )
  const matchedFen = pieces.reduce((sum, { qty, priceFen }) => sum + qty * priceFen, 0)
  let passedFen = 0
  return pieces.map(({ line, qty, priceFen }) => {
    const before = shareUpTo(passedFen)
    passedFen += qty * priceFen
    return { line, qty, discountFen: shareUpTo(passedFen) - before }
  })

  function shareUpTo(fen: number): number {
    return matchedFen === 0 ? 0 : scale(discount.faceFen, fen, matchedFen)
  }
}
