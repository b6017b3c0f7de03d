import type { CouponName } from '../../db/coupons.ts'
import type { Facts, TraceEntry } from '../rules/index.ts'

/** One counter of the hub's own limits (stock, holders) as a decision saw it. */
export type LimitStep = {
  key: string
  what: string
  before: number
  /** What was asked for. */
  amount: number
  max: number | null
  isMet: boolean
  /** When the same request would pass, where that can be said. */
  passesAt: string | null
}

/** What is known of why a command was accepted or refused. */
export type Explanation = {
  /** When it was decided: its number says when it was received. */
  decidedAt: Date
  facts: Facts | undefined
  rules: TraceEntry[]
  limits: LimitStep[]
}

/** An explanation as it is kept beside its facts; of a refused redemption with the coupon, where one was found. */
export type DecisionTrace = {
  decidedAt?: Date | undefined
  rules: TraceEntry[]
  limits: LimitStep[]
  coupon?: CouponName | undefined
}

/** Facts as they may be kept: of a card its hash, and six and four digits. */
export function keptFacts(facts: Facts | undefined): unknown {
  if (facts?.card === undefined) return facts ?? null
  const { hash, masked } = facts.card
  return { ...facts, card: { hash, masked } }
}
