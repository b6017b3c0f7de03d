import { decideRules } from './decide-rules.ts'
import type { Facts } from './facts.ts'
import type { Rule } from './rule.ts'
import { rulesFor, type Subjects } from './rules-for.ts'

/** Something that was decided: what was known of it, and what came of it. Money in fen. */
export type Recorded = {
  at: Date
  channelId: string
  facts: Facts
  subjects: Subjects
  /** Absent where it was refused. `valueFen`: the face value of all coupons made, or what a redemption was worth. */
  accepted?: { valueFen: number } | undefined
}

/** What would have been otherwise, of one channel. */
export type Flips = {
  asked: number
  /** Accepted, and would be refused: how many, and what they were worth. */
  refused: number
  refusedFen: number
  /** Accepted both times, but worth something else: how many, and by how much in all. */
  changed: number
  changedFen: number
  /** Refused, and would pass as far as these rules go. */
  passed: number
  /** What was kept does not say what a rule needs: a card bin of more than six digits. */
  unknown: number
}

const noFlips = (): Flips => ({
  asked: 0,
  refused: 0,
  refusedFen: 0,
  changed: 0,
  changedFen: 0,
  passed: 0,
  unknown: 0,
})

const keptPrefix = 6

// Of a card six and four digits are kept.
const isUnknown = ({ body }: Rule, { card }: Facts): boolean =>
  body.kind === 'limit' && body.subject.fact === 'cardNo' && card !== undefined && body.ends.prefix > keptPrefix

/**
 * Decides something that was recorded anew, by the same decide as the traffic, and counts what would have been
 * otherwise. What is accepted is counted on: hand `counters` in from one to the next, in the order of time.
 */
export function replayDecision(
  rules: Rule[],
  { facts, subjects, accepted, at, channelId }: Recorded,
  counters: Map<string, number>,
  flips: Map<string, Flips>,
): void {
  const asked = rulesFor(rules, facts.scene, subjects)
  if (asked.length === 0) return
  const found = flips.get(channelId) ?? noFlips()
  flips.set(channelId, found)
  found.asked += 1
  if (asked.some((rule) => isUnknown(rule, facts))) {
    found.unknown += 1
    return
  }
  const verdict = decideRules(asked, facts, counters, at)
  if (accepted === undefined) {
    if (verdict.verdict === 'passed') found.passed += 1
    return
  }
  if (verdict.verdict === 'rejected') {
    found.refused += 1
    found.refusedFen += accepted.valueFen
    return
  }
  for (const [key, amount] of verdict.uses) counters.set(key, (counters.get(key) ?? 0) + amount)
  const valueFen = verdict.discount?.faceFen ?? accepted.valueFen
  if (valueFen === accepted.valueFen) return
  found.changed += 1
  found.changedFen += valueFen - accepted.valueFen
}
