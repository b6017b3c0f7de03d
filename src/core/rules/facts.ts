import { z } from 'zod'

/**
 * What a rule may know of a card. The number itself is never kept: counters carry its keyed hash, people see six and
 * four digits, and the ends that a card-bin rule looks at stay in memory.
 */
export type Card = { hash: string; prefix: string; suffix: string; masked: string }

/** One line of a cart: `qty` pieces at `priceFen` each. */
export type Good = {
  sku?: string | undefined
  type?: string | undefined
  spec?: string | undefined
  qty: number
  priceFen: number
}

/** What is known of the request that rules decide about. Amounts in fen; what the request does not have is absent. */
export type Facts = {
  /** `make`, `verify`, or an operator's own word. */
  scene: string
  activityId?: string | undefined
  card?: Card | undefined
  cityId?: string | undefined
  tid?: string | undefined
  /** How many coupons are made; 1 where absent. */
  quantity?: number | undefined
  /** The face value of one coupon. */
  faceValueFen?: number | undefined
  /** The whole cart, as the till says it; the sum of `goods` where absent. */
  cartAmountFen?: number | undefined
  goods?: Good[] | undefined
}

/** The facts that a rule can need, by the wire's own names. */
export type FactName = 'ruleScene' | 'ebuyActivityId' | 'cardNo' | 'storeInfo.cityId' | 'storeInfo.tid' | 'goodsDetail'

/** Turns a card number into what counters may carry: a hash that nobody can make without the hub's key. */
export type HashCardNo = (cardNo: string) => string

/** The most digits of a card number's beginning and end that rules may look at. */
export const cardEnds = { prefix: 10, suffix: 4 }

const factsOfMaking: ReadonlySet<FactName> = new Set<FactName>(['ruleScene', 'ebuyActivityId'])

/** Whether a request of this scene can have the fact: who asks for codes has neither card nor till nor cart. */
export const canHaveFact = (scene: string, fact: FactName): boolean => scene !== 'make' || factsOfMaking.has(fact)

/** The card of a request; undefined where the text is no card number (12 to 19 digits). */
export function cardOf(cardNo: string, hashCardNo: HashCardNo): Card | undefined {
  if (!/^[0-9]{12,19}$/.test(cardNo)) return undefined
  return {
    hash: hashCardNo(cardNo),
    prefix: cardNo.slice(0, cardEnds.prefix),
    suffix: cardNo.slice(-cardEnds.suffix),
    masked: maskCardNo(cardNo),
  }
}

/** Six digits, stars, four digits. */
export const maskCardNo = (cardNo: string): string =>
  cardNo.slice(0, 6) + '*'.repeat(cardNo.length - 10) + cardNo.slice(-4)

const fen = z.number().int().min(0)
const text = z.string().min(1).max(64)
const writtenFacts = z.object({
  scene: text,
  activityId: text.optional(),
  cardNo: text.optional(),
  cityId: text.optional(),
  tid: text.optional(),
  quantity: z.number().int().min(1).optional(),
  faceValueFen: fen.optional(),
  cartAmountFen: fen.optional(),
  goods: z
    .array(
      z.object({
        sku: text.optional(),
        type: text.optional(),
        spec: text.optional(),
        qty: z.number().int().min(1),
        priceFen: fen,
      }),
    )
    .max(200)
    .optional(),
})

/**
 * Facts as a person writes them, to try a rule: the fields of `Facts`, with the card's number as `cardNo`.
 * Throws an Error that names the field.
 */
export function readFacts(written: unknown, hashCardNo: HashCardNo): Facts {
  const parsed = writtenFacts.safeParse(written)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new Error(`The facts cannot be read: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
  const { cardNo, ...facts } = parsed.data
  if (cardNo === undefined) return facts
  const card = cardOf(cardNo, hashCardNo)
  if (card === undefined) throw new Error('The facts cannot be read: cardNo: must be 12 to 19 digits')
  return { ...facts, card }
}

/** What rules hang on. */
export const attachmentKinds = ['activity', 'template', 'channel', 'merchant', 'shop', 'supplier', 'acceptor'] as const

export type AttachmentKind = (typeof attachmentKinds)[number]

/** Whether a request of the scene can have such a thing: who asks for codes is at no till. */
export const canHaveAttachment = (scene: string, kind: AttachmentKind): boolean =>
  scene !== 'make' || !['merchant', 'shop', 'acceptor'].includes(kind)
