import type { BuyGet } from './bodies.ts'
import type { Facts, Good } from '../facts.ts'
import type { Sums } from './expression.ts'

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
  /** How many pieces of each line of the cart it falls on. */
  pieces: number[]
}

/** A cart while rules share it out: what a discount in `given` has fallen on is gone for the rules behind it. */
export type Cart = Sums & {
  goods: Good[]
  given: Discount[]
  /** False where only the amount is known: the cart is then one piece of that price. */
  hasGoods: boolean
}

export const mostLines = 200
const mostPieces = 1_000_000
/** What a cart may be worth, in fen. */
export const mostCartFen = 10 ** 13

/** What goods are worth in all, in fen. */
export const worthOf = (goods: readonly Pick<Good, 'qty' | 'priceFen'>[]): number =>
  goods.reduce((sum, { qty, priceFen }) => sum + qty * priceFen, 0)

/** What is to be paid, in fen: as the till says it, or else what the goods are worth; undefined where neither is known. */
export const amountToPay = ({
  amountFen,
  goods = [],
}: {
  amountFen?: number | undefined
  goods?: Good[] | undefined
}) => amountFen ?? (goods.length > 0 ? worthOf(goods) : undefined)

/** What is taken off, in fen: what the coupon, or a rule instead of it, is worth, at most what is to be paid. */
export const takenOff = (worthFen: number, amountFen: number | undefined): number =>
  Math.min(worthFen, amountFen ?? worthFen)

/** The cart of a request, or what is wrong with it. */
export function openCart({ goods, cartAmountFen }: Facts): Cart | string {
  if (cartAmountFen !== undefined && !isWhole(cartAmountFen, mostCartFen)) return 'cashTotalAmount is no amount'
  if (goods === undefined || goods.length === 0) {
    if (cartAmountFen === undefined) return 'the request has neither goodsDetail nor cashTotalAmount'
    const onePiece = { qty: 1, priceFen: cartAmountFen }
    return { goods: [onePiece], given: [], qty: 1, amountFen: cartAmountFen, hasGoods: false }
  }
  if (goods.length > mostLines) return `goodsDetail has more than ${mostLines} lines`
  let [pieces, worthFen] = [0, 0]
  for (const { qty, priceFen } of goods) {
    if (!isWhole(qty, mostPieces) || !isWhole(priceFen, mostCartFen))
      return 'goodsDetail has a qty or price that is none'
    pieces += qty
    worthFen += qty * priceFen
  }
  if (worthFen > mostCartFen) return 'goodsDetail is worth too much'
  return { goods, given: [], qty: pieces, amountFen: cartAmountFen ?? worthFen, hasGoods: true }
}

const isWhole = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max

/** What of a cart is left for a rule: how many pieces of each line, and what each of its groups of codes has of them. */
export type Matched = { pieces: number[]; groups: Sums[] }

type Groups = Pick<BuyGet, 'codeType' | 'groupOf' | 'groupCount'>

/** The group of a good; without codes the whole cart is the one group. */
const groupOf = ({ codeType, groupOf }: Groups, good: Good): number | undefined =>
  groupOf === undefined ? 0 : groupOf.get(good[codeType] ?? '')

function leftOf({ goods, given }: Cart, line: number): number {
  let { qty } = goods[line]!
  for (const { pieces } of given) qty -= pieces[line]!
  return qty
}

/** Sorts what is left into the rule's groups by the goods' codes. */
export function matchGoods(cart: Cart, rule: Groups): Matched {
  const groups: Sums[] = []
  while (groups.length < rule.groupCount) groups.push({ qty: 0, amountFen: 0 })
  const pieces = cart.goods.map((good, line) => {
    const index = groupOf(rule, good)
    if (index === undefined) return 0
    const qty = leftOf(cart, line)
    const group = groups[index]!
    group.qty += qty
    group.amountFen += qty * good.priceFen
    return qty
  })
  return { pieces, groups }
}

/**
 * Of the pieces that match, the first `count` of each group, cheapest or dearest first. Of equal prices the code
 * decides, not the order of the cart.
 */
export function takePieces(
  { goods }: Cart,
  rule: Groups & Pick<BuyGet, 'isDearestFirst'>,
  { pieces, groups }: Matched,
  countOf: (group: number) => number,
): number[] {
  const direction = rule.isDearestFirst ? -1 : 1
  const lines = [...goods.keys()].toSorted(
    (a, b) => (goods[a]!.priceFen - goods[b]!.priceFen) * direction || compareGoods(goods[a]!, goods[b]!),
  )
  const wanted = groups.map((_, index) => Math.max(0, countOf(index)))
  const taken = goods.map(() => 0)
  for (const line of lines) {
    const index = groupOf(rule, goods[line]!)
    if (index === undefined) continue
    const qty = Math.min(pieces[line]!, wanted[index]!)
    taken[line] = qty
    wanted[index]! -= qty
  }
  return taken
}

/** Orders goods by what they are, so that a result does not hang on the order in which a till lists them. */
export function compareGoods(a: Good, b: Good): number {
  return compare(a.sku, b.sku) || compare(a.type, b.type) || compare(a.spec, b.spec) || a.priceFen - b.priceFen
}

const compare = (a = '', b = ''): number => (a < b ? -1 : Number(a > b))
