import { sealCardNo } from '../types/card-no-limit.ts'
import type { HashCardNo } from '../facts.ts'
import { readWrittenRule, ruleHeadSchema } from './parse-rule.ts'
import { findRuleType } from '../types/rule-types.ts'
import { isRecord, readRuleValue } from '../types/written.ts'

/**
 * A rule's value as it may be kept: listed card numbers become six and four digits with their keyed hash, in which form
 * `parseRule` takes them again. For values that `parseRule` has taken.
 */
export function sealRuleValue(ruleKey: string, ruleValue: unknown, hashCardNo: HashCardNo): unknown {
  const value = readRuleValue(ruleValue)
  const hasCards = findRuleType(ruleKey)?.key === 'CardNoLimit'
  if (!hasCards || !isRecord(value) || !Array.isArray(value['limitItems'])) return value
  const limitItems = value['limitItems'].map((item: unknown) =>
    isRecord(item) && typeof item['limitKey'] === 'string'
      ? { ...item, limitKey: sealCardNo(item['limitKey'], hashCardNo) }
      : item,
  )
  return { ...value, limitItems }
}

/** A whole rule as it may be kept: the fields that rules have, its value sealed. For rules that `parseRule` has taken. */
export function sealRule(raw: unknown, hashCardNo: HashCardNo): Record<string, unknown> {
  const written = readWrittenRule(raw) as Record<string, unknown>
  const names = Object.keys(ruleHeadSchema.shape).filter((name) => written[name] !== undefined)
  const kept = Object.fromEntries(names.map((name) => [name, written[name]]))
  return { ...kept, ruleValue: sealRuleValue(String(kept['ruleKey']), kept['ruleValue'], hashCardNo) }
}
