// The rule engine: pure functions over rules, facts and counters. Whoever uses it needs nothing but this page.
export type { Flips, MissingFact } from './flips.ts'
export { needsWholeCard, periodsCutAt } from './known.ts'
export type { PeriodKind } from './periods.ts'
export type { Accepted, Recorded, Refused, Return } from './recorded.ts'
export { replay, startReplay } from './replay.ts'
export { attachmentKinds, type AttachmentKind } from './attachment.ts'
export { usesOfAccepted, type Countable } from './count-back.ts'
export { mostCartFen, mostLines, worthOf, type Discount } from './cart.ts'
export { rulesFor, type Subjects } from './rules-for.ts'
export { shareByLine, type CartDiscount } from './discount.ts'
export { checkRule } from './check-rule.ts'
export {
  countersOf,
  decideRules,
  type CounterNeed,
  type RulesPassed,
  type RulesRejected,
  type RulesVerdict,
  type RuleUse,
} from './decide-rules.ts'
export {
  cardOf,
  maskCardNo,
  readFacts,
  type Card,
  type Facts,
  type FactName,
  type Good,
  type HashCardNo,
} from './facts.ts'
export { parseRule, ruleHeadSchema } from './parse-rule.ts'
export { isInForce, orderRules, type Rule } from './rule.ts'
export type { Example, ExampleCase, Refusal, RuleType } from './rule-type.ts'
export { findRuleType, ruleTypes } from './rule-types.ts'
export { sealRule, sealRuleValue } from './seal.ts'
export type { TraceEntry } from './trace.ts'
