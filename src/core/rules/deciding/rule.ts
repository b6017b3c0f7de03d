import type { z } from 'zod'
import type { AttachmentKind, FactName, HashCardNo } from '../facts.ts'
import type { RuleBody } from './bodies.ts'
import type { Failure } from './judgement.ts'

/** Why something written cannot be taken: `field` is the wire's path to it. */
export type Refusal = { field: string; message: string }

/** One step of a worked example, in time order; what it takes from counters is there for the next step. */
export type ExampleCase = {
  /** yyyy-MM-dd HH:mm:ss, Asia/Shanghai. */
  at: string
  /** As `readFacts` takes them. */
  facts: Record<string, unknown>
  expect: 'passed' | 'rejected'
  message?: string
  /** yyyy-MM-dd HH:mm:ss, or null: when it would pass. */
  passesAt?: string | null
  faceFen?: number
  netFen?: number
}

export type Example = { title: string; value: Record<string, unknown>; cases: ExampleCase[] }

/** What a rule's value is made ready with: the rule's id, which its counters carry, and the keyed hash for card numbers. */
export type Preparation = { id: string; hashCardNo: HashCardNo | undefined }

/** A kind of rule: `schema` describes the fields of its `ruleValue`, and forms are drawn from it. */
export type RuleType = {
  /** The `ruleKey`. */
  key: string
  aliases: string[]
  label: string
  description: string
  /** Without these facts it can never be judged. */
  needs: FactName[]
  schema: z.ZodType
  prepare: (value: unknown, preparation: Preparation) => { body: RuleBody } | { refusal: Refusal }
  examples: Example[]
}

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

/** What a request is about. */
export type Subjects = { readonly [kind in AttachmentKind]?: string | undefined }

/** The rules that hang on what a request is about, in the order of `rules`. */
export function rulesFor(rules: Rule[], scene: string, subjects: Subjects): Rule[] {
  return rules.filter(({ scene: asked, attachment: { kind, itemId } }) => {
    const subject = subjects[kind]
    return asked === scene && subject !== undefined && (itemId === null || itemId === subject)
  })
}
