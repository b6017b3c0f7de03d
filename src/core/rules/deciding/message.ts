import type { Failure } from './judgement.ts'
import type { PeriodKind } from '../../../time/periods.ts'
import type { Rule } from './rule.ts'

const words: Record<PeriodKind, string> = { day: '日', week: '周', month: '月', year: '年', total: '总' }

/** Fills {limitKey} {used} {max} {period} {ruleName}; what a failure does not know is left out, other braces stay. */
export function fillMessage(rule: Rule, failure: Failure): string {
  const fill: Record<string, string> = {
    limitKey: failure.limitKey ?? '',
    used: failure.used ?? '',
    max: failure.max ?? '',
    period: failure.period === undefined ? '' : words[failure.period],
    ruleName: rule.name,
  }
  return rule.messageTpl.replace(/\{(limitKey|used|max|period|ruleName)\}/g, (_, name: string) => fill[name] ?? '')
}
