import type { z } from 'zod'
import { refuse } from '../command/errors.ts'

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
