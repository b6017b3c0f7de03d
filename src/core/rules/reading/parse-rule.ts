import { canHaveAttachment, canHaveFact, type HashCardNo } from '../facts.ts'
import type { Refusal, Rule } from '../deciding/rule.ts'
import { refusalOf } from './written.ts'

/** A rule as it was written, in our words; `value` is what its type's schema reads. */
export type RuleHead = Omit<Rule, 'id' | 'body'> & { value: unknown }

/** How rules are written: on the wire, in files, and as they are kept. */
export type RuleSpelling = {
  /** Refuses what cannot be understood, naming the field as it is written. */
  readHead: (raw: unknown) => { head: RuleHead } | { refusal: Refusal }
  /**
   * A rule with its scene by our name: by any of the wire's names, or a word that an operator has declared (`words`).
   * Refuses any other: nothing would ever ask the rule.
   */
  withScene: (raw: unknown, words: Readonly<Record<string, string>>) => { raw: unknown } | { refusal: Refusal }
  /** What is kept of a rule that was read: what was written, but with this thing that it hangs on and this value. */
  keepRule: (raw: unknown, known: { itemId: string | null; value: unknown }) => Record<string, unknown>
  /** What fields are called that are refused later. */
  fieldNames: Record<'type' | 'value' | 'attachment' | 'itemId', string>
}

type Options = {
  id: string
  spelling: RuleSpelling
  /** Without it, listed card numbers are refused unless they are sealed. */
  hashCardNo?: HashCardNo | undefined
}

/**
 * Reads a rule as it is written or as it was kept. A rule that cannot be understood, hangs on nothing or could never have
 * its fact is refused here, naming the field as it is written, so that no till ever meets it.
 */
export function parseRule(raw: unknown, { id, spelling, hashCardNo }: Options) {
  const read = spelling.readHead(raw)
  if ('refusal' in read) return read
  const { value: written, ...head } = read.head
  const names = spelling.fieldNames
  const value = head.type.schema.safeParse(written)
  if (!value.success) return { refusal: refusalOf(value.error, written, names.value) }
  const prepared = head.type.prepare(value.data, { id, hashCardNo })
  if ('refusal' in prepared) {
    const { field, message } = prepared.refusal
    return { refusal: { field: `${names.value}.${field}`, message } }
  }
  const problem = problemOf(read.head)
  if (problem !== undefined) return { refusal: { ...problem, field: names[problem.field] } }
  const rule: Rule = { id, ...head, body: prepared.body }
  return { rule, head: read.head }
}

type Problem = { field: 'type' | 'attachment'; message: string }

/** Why a rule could never be decided in its scene; undefined where it can. */
function problemOf({ type, attachment, scene }: RuleHead): Problem | undefined {
  const missing = type.needs.find((fact) => !canHaveFact(scene, fact))
  if (missing !== undefined) {
    return {
      field: 'type',
      message: `${type.key} needs ${missing}, which no request of the scene ${scene} has`,
    }
  }
  if (canHaveAttachment(scene, attachment.kind)) return undefined
  return { field: 'attachment', message: `no request of the scene ${scene} has a ${attachment.kind}` }
}
