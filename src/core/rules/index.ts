// The rule engine: pure functions over rules, facts and counters. Whoever uses it needs nothing but this page.
export type { Flips, MissingFact } from './replaying/known.ts'
export { needsWholeCard, periodsCutAt } from './replaying/known.ts'
export type { PeriodKind } from '../../time/periods.ts'
export type { Accepted, Recorded, Refused, Return } from './replaying/recorded.ts'
export { replay, startReplay } from './replaying/replay.ts'
export { attachmentKinds, type AttachmentKind } from './facts.ts'
export { usesOfAccepted, type Countable } from './replaying/count-back.ts'
export { amountToPay, mostCartFen, mostLines, takenOff, worthOf, type Discount } from './deciding/cart.ts'
export { rulesFor, type Subjects } from './deciding/rule.ts'
export { shareByLine, type CartDiscount } from './deciding/discount.ts'
export {
  countersOf,
  decideRules,
  type CounterNeed,
  type RulesPassed,
  type RulesRejected,
  type RulesVerdict,
  type RuleUse,
} from './deciding/decide-rules.ts'
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
export { sealRuleValue } from './types/card-no-limit.ts'
export { parseRule, type RuleHead, type RuleSpelling } from './reading/parse-rule.ts'
export { isInForce, orderRules, type Rule } from './deciding/rule.ts'
export type { Example, ExampleCase, Refusal, RuleType } from './deciding/rule.ts'
export { findRuleType, ruleTypes } from './types/rule-types.ts'
export { isRecord, readJson, refusalOf } from './reading/written.ts'
export type { TraceEntry } from './deciding/trace.ts'
