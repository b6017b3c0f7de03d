import { whaleRuleSpelling as spelling } from '../../src/faces/whale/written-rule.ts'
import { exampleItem } from '../../src/core/rules/types/example-item.ts'
import { cardOf, parseRule, type Facts, type Rule } from '../../src/core/rules/index.ts'

/** A keyed hash's stand-in. */
export const hashCardNo = (cardNo: string): string =>
  `hash${(BigInt(cardNo) * 48_271n) % 1_000_000_007n}`.padEnd(20, '0')

export const at = (local: string): Date => new Date(`${local.replace(' ', 'T')}+08:00`)

export const item = exampleItem

export const rawRule = (ruleKey: string, ruleValue: unknown, head: Record<string, unknown> = {}) => ({
  ruleScenceKey: 'activity',
  ruleSceneItemKey: 'A1',
  ruleScene: 'verify',
  ruleName: 'the rule',
  ruleKey,
  ruleValue,
  startTime: '20200101000000',
  endTime: '20301231235959',
  messageTpl: '{ruleName}: {limitKey} {used}/{max} {period}',
  ...head,
})

/** A rule that is sure to parse. */
export function makeRule(
  ruleKey: string,
  ruleValue: unknown,
  { id = '1', ...head }: Record<string, unknown> = {},
): Rule {
  const parsed = parseRule(rawRule(ruleKey, ruleValue, head), { id: String(id), spelling, hashCardNo })
  if ('refusal' in parsed) throw new Error(JSON.stringify(parsed.refusal))
  return parsed.rule
}

/** Why a rule is refused; undefined where it is taken. */
export function refusalOf(raw: unknown) {
  const parsed = parseRule(raw, { id: '1', spelling, hashCardNo })
  return 'refusal' in parsed ? parsed.refusal : undefined
}

export const verifying = (facts: Partial<Facts> = {}): Facts => ({ scene: 'verify', ...facts })

export const card = (cardNo: string) => cardOf(cardNo, hashCardNo)
