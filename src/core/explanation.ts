import type { Facts, TraceEntry } from './rules/index.ts'

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
export type Explanation = { facts: Facts | undefined; rules: TraceEntry[]; limits: LimitStep[] }

/** Facts as they may be kept: of a card its hash, and six and four digits. */
export function keptFacts(facts: Facts | undefined): unknown {
  if (facts?.card === undefined) return facts ?? null
  const { hash, masked } = facts.card
  return { ...facts, card: { hash, masked } }
}
