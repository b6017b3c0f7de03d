import { lastOfEach } from '../../db/client/rows.ts'
import type { CounterRow } from '../../db/counters.ts'
import type { Use } from '../../db/coupons.ts'
import { HubError } from '../command/errors.ts'
import type { LimitStep } from '../command/explanation.ts'
import {
  countersOf,
  decideRules,
  rulesFor,
  type CounterNeed,
  type Facts,
  type Rule,
  type RulesPassed,
  type Subjects,
} from '../rules/index.ts'
import type { Setup } from '../set-up/snapshot.ts'

/** The rules that a command has to meet, and what they may know of it. */
export type Asked = { rules: Rule[]; facts: Facts }

/** Which rules are asked in a scene about something. */
export const askedOf = (setup: Setup, facts: Facts, subjects: Subjects): Asked => ({
  rules: rulesFor(setup.rulesOfScene.get(facts.scene) ?? [], facts.scene, subjects),
  facts,
})

/** The counters that rules need, each once. */
export function needsOf(asked: Iterable<Asked>, now: Date): CounterNeed[] {
  const needs = [...asked].flatMap(({ rules, facts }) => countersOf(rules, facts, now))
  return lastOfEach(needs, ({ key }) => key)
}

/** What is in use of the counters of rules. Commands of a batch take from it one after the other. */
export type InUse = Map<string, number>

export const inUseOf = (needs: CounterNeed[], counters: ReadonlyMap<string, CounterRow>): InUse =>
  new Map(needs.map(({ key }) => [key, counters.get(key)?.used ?? 0]))

const nothingAsked: RulesPassed = { verdict: 'passed', uses: [], discount: null, trace: [] }

/**
 * Decides by the rules. Takes nothing yet: see `takeUses`. Refuses with `rule_rejected` or `limit_exceeded`, in the rule's
 * own words and with the trace.
 */
export function passRules(
  { rules, facts }: Asked,
  inUse: InUse,
  now: Date,
  limitsOf: () => LimitStep[] = () => [],
): RulesPassed {
  if (rules.length === 0) return nothingAsked
  const verdict = decideRules(rules, facts, inUse, now, { isTracing: true })
  if (verdict.verdict === 'passed') return verdict
  const { code, rule, message, reason, trace } = verdict
  throw new HubError(code, `rule ${rule.id} (${rule.name}): ${reason}`, {
    words: message,
    explanation: { decidedAt: now, facts, rules: trace, limits: limitsOf() },
  })
}

/** Takes from the counters what a command that passed uses. */
export function takeUses(inUse: InUse, uses: readonly Use[]): void {
  for (const [key, amount] of uses) inUse.set(key, (inUse.get(key) ?? 0) + amount)
}
