import type { Limit } from './bodies.ts'
import { showYuan } from './decimal.ts'
import type { Facts } from '../facts.ts'
import type { FailureCode, Judgement } from './judgement.ts'
import { timeZone, type PeriodKind } from '../../../time/periods.ts'
import { passesAtOf, type Rule } from './rule.ts'

/** What one rule said and why, as it is kept and shown. Card numbers appear with six and four digits. */
export type TraceEntry = {
  ruleId: string
  ruleName: string
  type: string
  verdict: 'passed' | 'failed' | 'continued' | 'not_in_force'
  /** What the rule looked at. */
  input: Record<string, string | number | null>
  counters: { key: string; period: PeriodKind; before: number; after: number; max: number }[]
  timeZone: string
  code: FailureCode | null
  reason: string | null
  /** When the same request would pass, where that can be said. */
  passesAt: string | null
  discount: { faceFen: number; netFen: number; reduceFen: number; isMerchant: boolean } | null
}

/** The trace of one rule; `judgement` is absent where the rule is not in force. */
export function traceRule(rule: Rule, facts: Facts, judgement: Judgement | undefined): TraceEntry {
  const failure = judgement?.failure
  return {
    ruleId: rule.id,
    ruleName: rule.name,
    type: rule.type.key,
    verdict: verdictOf(rule, judgement),
    input: inputOf(rule, facts),
    counters: (judgement?.counters ?? []).map(({ key, period, before, amount, max }) => ({
      key,
      period,
      before,
      after: failure === undefined ? before + amount : before,
      max,
    })),
    timeZone,
    code: failure?.code ?? null,
    reason: failure?.reason ?? null,
    passesAt: failure === undefined ? null : (passesAtOf(rule, failure)?.toISOString() ?? null),
    discount: discountOf(judgement),
  }
}

function verdictOf(rule: Rule, judgement: Judgement | undefined): TraceEntry['verdict'] {
  if (judgement === undefined) return 'not_in_force'
  if (judgement.failure === undefined) return 'passed'
  return rule.isContinue ? 'continued' : 'failed'
}

function discountOf(judgement: Judgement | undefined): TraceEntry['discount'] {
  if (judgement?.discount === undefined) return null
  const { faceFen, netFen, reduceFen, isMerchant } = judgement.discount
  return { faceFen, netFen, reduceFen, isMerchant }
}

function inputOf({ body }: Rule, facts: Facts): TraceEntry['input'] {
  switch (body.kind) {
    case 'weekTime':
      return {}
    case 'limit':
      return inputOfLimit(body, facts)
    case 'buyGet':
      return {
        lines: facts.goods?.length ?? 0,
        cartAmount: facts.cartAmountFen === undefined ? null : showYuan(facts.cartAmountFen),
      }
  }
}

function inputOfLimit(limit: Limit, facts: Facts): TraceEntry['input'] {
  const input: TraceEntry['input'] = {}
  // A literal with a name worked out takes five times as long, and every decision asks for one a limit.
  input[limit.subject.fact] = shownKey(limit, facts)
  input['quantity'] = facts.quantity ?? 1
  return input
}

function shownKey({ subject, ends }: Limit, facts: Facts): string | null {
  if (subject.fact === 'cardNo') return facts.card?.masked ?? null
  const key = subject.keyOf(facts, ends)
  return key === undefined ? null : subject.showKey(facts, key)
}
