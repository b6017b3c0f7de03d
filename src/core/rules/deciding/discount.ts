import type { BuyGet, Offer } from './bodies.ts'
import { compareGoods, type Cart, type Discount } from './cart.ts'
import { scale, timesRate } from './decimal.ts'

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

type Goods = Pick<Cart, 'goods'>

/** What so many pieces of each line are worth, in fen. */
export function worthOfPieces({ goods }: Goods, pieces: number[]): number {
  let fen = 0
  for (let line = 0; line < pieces.length; line += 1) fen += pieces[line]! * goods[line]!.priceFen
  return fen
}

/** What an offer takes off the pieces, before any bound: `times` is how often a fixed amount falls on them. */
export function discountOf(
  offer: Offer,
  { goods }: Goods,
  { pieces, matchedFen, times }: { pieces: number[]; matchedFen: number; times: number },
): number {
  switch (offer.kind) {
    case 'setMeal':
      return Math.max(0, matchedFen - offer.fen)
    case 'fixedAmount':
      return goods.reduce((sum, { priceFen }, line) => sum + pieces[line]! * Math.max(0, priceFen - offer.fen), 0)
    case 'amountOff':
      return offer.fen * times
    case 'discountOff':
      // What is paid is rounded, as a till does it; the discount is the rest.
      return matchedFen - timesRate(matchedFen, offer.paidRate)
    case 'none':
      return 0
  }
}

/** What may still be taken off a cart, in fen. */
const leftFenOf = ({ amountFen, given }: Cart): number => given.reduce((left, { faceFen }) => left - faceFen, amountFen)

/** Bounds a discount by what it falls on and by what is left of the cart, and works out the other two amounts. */
export function settleDiscount(
  cart: Cart,
  amounts: Amounts,
  found: { pieces: number[]; matchedFen: number; offFen: number },
): Discount {
  const mostFen = Math.min(found.matchedFen, leftFenOf(cart))
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

/** Adds up the rules' discounts: each takes from the till what lies between the cart and its own net. */
export function addUp(cart: Cart): CartDiscount {
  const { given: rules } = cart
  const sum = { faceFen: 0, netFen: cart.amountFen, reduceFen: 0, merchantFen: 0, cashierCodes: [] as string[], rules }
  for (const { faceFen, netFen, reduceFen, isMerchant, cashierCode } of rules) {
    sum.faceFen += faceFen
    sum.netFen -= cart.amountFen - netFen
    sum.reduceFen += reduceFen
    if (isMerchant) sum.merchantFen += faceFen
    if (cashierCode !== undefined) sum.cashierCodes.push(cashierCode)
  }
  sum.netFen = Math.max(0, sum.netFen)
  return sum
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
  const { pieces } = discount
  const lines = [...pieces.keys()]
    .filter((line) => pieces[line]! > 0)
    .toSorted((a, b) => compareGoods(cart.goods[a]!, cart.goods[b]!) || pieces[b]! - pieces[a]!)
  const matchedFen = worthOfPieces(cart, pieces)
  let passedFen = 0
  return lines.map((line) => {
    const before = shareUpTo(passedFen)
    passedFen += pieces[line]! * cart.goods[line]!.priceFen
    return { line, qty: pieces[line]!, discountFen: shareUpTo(passedFen) - before }
  })

  function shareUpTo(fen: number): number {
    return matchedFen === 0 ? 0 : scale(discount.faceFen, fen, matchedFen)
  }
}
