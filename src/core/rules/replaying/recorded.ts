import type { Facts } from '../facts.ts'
import type { Subjects } from '../deciding/rule.ts'

/** Something that was decided: what was known of it, and what came of it. Money in fen. */
export type Recorded = {
  /** When it was decided. */
  at: Date
  channelId: string
  facts: Facts
  subjects: Subjects
  /** What is accepted once at most, under however many numbers it is asked for: an order, a coupon that is used once. */
  once: string | undefined
  /** The rules of the hub that were asked of it then, as far as is kept. */
  askedIds: ReadonlySet<string>
  outcome: Accepted | Refused
}

export type Accepted = {
  kind: 'accepted'
  /** The face value of all coupons made, or what a redemption was worth. */
  valueFen: number
  /** What BuyGet rules gave at a redemption; undefined where they gave nothing. */
  discountFen?: number | undefined
  /** It came to nothing after all: its supplier refused it. */
  hasFailed: boolean
  returns: Return[]
}

/** When what was taken is given back: all of it, or the part of one coupon of `parts`. */
export type Return = { at: Date; parts: number }

export type Refused = {
  kind: 'refused'
  /** The rule that refused; undefined where something else did, or would have next. */
  ruleId: string | undefined
}
