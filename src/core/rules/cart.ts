import type { CodeType } from './bodies.ts'
import type { Sums } from './expression.ts'
import type { Facts, Good } from './facts.ts'

/** A cart while rules share it out: `left` is how many pieces of each line no discount has fallen on yet. */
export type Cart = Sums & {
  goods: Good[]
  left: number[]
  /** What may still be taken off. */
  leftFen: number
  /** False where only the amount is known: the cart is then one piece of that price. */
  hasGoods: boolean
}

/** So many pieces of a line. */
export type Piece = { line: number; qty: number; priceFen: number }

export const mostLines = 200
const mostPieces = 1_000_000
/** What a cart may be worth, in fen. */
export const mostCartFen = 10 ** 13

/** What goods are worth in all, in fen. */
export const worthOf = (goods: readonly Pick<Good, 'qty' | 'priceFen'>[]): number =>
  goods.reduce((sum, { qty, priceFen }) => sum + qty * priceFen, 0)

/** The cart of a request, or what is wrong with it. */
export function openCart({ goods, cartAmountFen }: Facts): Cart | string {
  if (cartAmountFen !== undefined && !isWhole(cartAmountFen, mostCartFen)) return 'cashTotalAmount is no amount'
  if (goods === undefined || goods.length === 0) {
    if (cartAmountFen === undefined) return 'the request has neither goodsDetail nor cashTotalAmount'
    const onePiece = { qty: 1, priceFen: cartAmountFen }
    return { goods: [onePiece], left: [1], qty: 1, amountFen: cartAmountFen, leftFen: cartAmountFen, hasGoods: false }
  }
  if (goods.length > mostLines) return `goodsDetail has more than ${mostLines} lines`
  const cart: Cart = { goods, left: goods.map(({ qty }) => qty), qty: 0, amountFen: 0, leftFen: 0, hasGoods: true }
  for (const { qty, priceFen } of goods) {
    if (!isWhole(qty, mostPieces) || !isWhole(priceFen, mostCartFen))
      return 'goodsDetail has a qty or price that is none'
    cart.qty += qty
  }
  cart.amountFen = worthOf(goods)
  if (cart.amountFen > mostCartFen) return 'goodsDetail is worth too much'
  cart.amountFen = cartAmountFen ?? cart.amountFen
  cart.leftFen = cart.amountFen
  return cart
}

const isWhole = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max

/** The pieces that are left of one group of codes. */
export type Group = Sums & { pieces: Piece[] }

/** Sorts what is left into groups by the goods' codes; without codes all of it is one group. */
export function groupGoods(
  cart: Cart,
  codeType: CodeType,
  groupOf: Map<string, number> | undefined,
  groupCount: number,
): Group[] {
  const groups: Group[] = []
  for (let index = 0; index < groupCount; index += 1) groups.push({ qty: 0, amountFen: 0, pieces: [] })
  for (let line = 0; line < cart.goods.length; line += 1) {
    const good = cart.goods[line]!
    const qty = cart.left[line]!
    const index = groupOf === undefined ? 0 : groupOf.get(good[codeType] ?? '')
    if (index === undefined || qty === 0) continue
    const group = groups[index]!
    group.qty += qty
    group.amountFen += qty * good.priceFen
    group.pieces.push({ line, qty, priceFen: good.priceFen })
  }
  return groups
}

/** The first `count` pieces of a group, cheapest or dearest first. Of equal prices the code decides, not the order of the cart. */
export function takePieces(cart: Cart, group: Group, count: number, isDearestFirst: boolean): Piece[] {
  if (count >= group.qty) return group.pieces
  const direction = isDearestFirst ? -1 : 1
  const sorted = group.pieces.toSorted(
    (a, b) => (a.priceFen - b.priceFen) * direction || compareGoods(cart.goods[a.line]!, cart.goods[b.line]!),
  )
  let wanted = count
  return sorted.flatMap((piece) => {
    const qty = Math.min(piece.qty, wanted)
    wanted -= qty
    return qty <= 0 ? [] : [{ ...piece, qty }]
  })
}

/** Orders goods by what they are, so that a result does not hang on the order in which a till lists them. */
export function compareGoods(a: Good, b: Good): number {
  return compare(a.sku, b.sku) || compare(a.type, b.type) || compare(a.spec, b.spec) || a.priceFen - b.priceFen
}

const compare = (a = '', b = ''): number => (a < b ? -1 : Number(a > b))
