import type { AttachmentKind } from '../attachment.ts'
import type { RuleBody } from './bodies.ts'
import type { Failure } from './judgement.ts'
import type { RuleType } from './rule-type.ts'

/** A rule as it is decided by. Times in milliseconds, the end exclusive. */
export type Rule = {
  /** Digits: rules of one order are asked in the order of their ids. */
  id: string
  name: string
  type: RuleType
  /** What it hangs on; `itemId` null: all of the kind. */
  attachment: { kind: AttachmentKind; itemId: string | null }
  scene: string
  startsAt: number
  endsAt: number
  /** What is told where it is not met: {limitKey} {used} {max} {period} {ruleName} are filled. */
  message: string
  isActive: boolean
  /** A failed rule is noted, not counted, and passes. */
  isContinue: boolean
  order: number
  body: RuleBody
}

export const isInForce = (rule: Rule, now: number): boolean =>
  rule.isActive && rule.startsAt <= now && now < rule.endsAt

/** When a rule that is not met would be: at the latest when it ends, if that can be said at all. */
export const passesAtOf = (rule: Rule, { passesAt }: Failure): Date | null =>
  passesAt === null ? null : new Date(Math.min(passesAt.getTime(), rule.endsAt))

/** The order in which rules are asked: `ruleOrder` ascending, then id. */
export const orderRules = (rules: Rule[]): Rule[] =>
  rules.toSorted((a, b) => a.order - b.order || a.id.length - b.id.length || (a.id < b.id ? -1 : Number(a.id > b.id)))
