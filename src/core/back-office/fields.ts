import { z } from 'zod'
import { refuse } from '../command/errors.ts'

/** What ids and numbers are made of: printable ASCII without spaces. */
export const idField = (longest = 64) =>
  z
    .string()
    .min(1, 'is missing')
    .max(longest, `has at most ${longest} characters`)
    .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')

/** Names may be any letters, but no control characters. */
export const nameField = z
  .string()
  .trim()
  .min(1, 'is missing')
  .max(200, 'has at most 200 characters')
  .regex(/^\P{Cc}*$/u, 'has no control characters')

/** At most so many for one holder; null is no limit. */
const limitField = z.int('must be a whole number').min(1, 'must be 1 or more').max(1_000_000_000).nullable()

/** Limits per holder, in all and per day (Asia/Shanghai). */
export const limitFields = {
  maxPerMember: limitField,
  maxPerMemberDay: limitField,
  maxPerOpenid: limitField,
  maxPerOpenidDay: limitField,
}

/** The same limits where what is not said is not limited. */
export const newLimitFields = {
  maxPerMember: limitField.default(null),
  maxPerMemberDay: limitField.default(null),
  maxPerOpenid: limitField.default(null),
  maxPerOpenidDay: limitField.default(null),
}

/** How many there are; null is unlimited. */
export const stockField = z.int('must be a whole number').min(0).max(1_000_000_000_000).nullable()

export const dateField = z.date('must be a time')

/** Reads what an operator gave. Refuses with `bad_request`, naming the first field that is wrong. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const field = issue.path.join('.')
  if (field === '') return refuse('bad_request', issue.message)
  return refuse('bad_request', `${field}: ${issue.message}`, { field })
}

/** The row that an operator named. Refuses with `setup_not_found`, saying how to see which there are. */
export function requireFound<Row>(row: Row | undefined, kind: string, id: string): Row {
  if (row !== undefined) return row
  return refuse('setup_not_found', `there is no ${kind} ${id}: "quanhub ${kind} list" shows which there are`)
}

/** Refuses with `setup_conflict` where a name is taken. */
export function requireFree(row: unknown, kind: string, id: string): void {
  if (row === undefined) return
  refuse('setup_conflict', `${kind} ${id} exists already: "quanhub ${kind} update" changes it`)
}

/** The given changes as they were before. */
export const pickFrom = (row: object, changes: object): Record<string, unknown> =>
  Object.fromEntries(Object.keys(changes).map((name) => [name, (row as Record<string, unknown>)[name]]))

/** Leaves out what was not given. */
export const given = <Changes extends object>(changes: Changes): Partial<Changes> =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<Changes>

/** Refuses an update that names nothing to change. */
export function requireChanges(changes: object): void {
  if (Object.keys(changes).length === 0) refuse('bad_request', 'nothing to change was given')
}
