import type { z } from 'zod'
import type { RuleBody } from './bodies.ts'
import type { FactName, HashCardNo } from '../facts.ts'

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
