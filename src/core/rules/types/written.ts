import type { z } from 'zod'
import type { Refusal } from '../deciding/rule.ts'

// Rules as partners write them: optional fields that are null or empty, values as strings of JSON, spellings of two kinds.

type Fields = Record<string, unknown>

const mostLevels = 20

export const isRecord = (given: unknown): given is Fields =>
  typeof given === 'object' && given !== null && !Array.isArray(given)

/** Undefined for what is no JSON. */
export function readJson(given: string): unknown {
  try {
    return JSON.parse(given) as unknown
  } catch {
    return undefined
  }
}

/** An optional field that is null or empty is absent, at every depth; so is what lies too deep. */
export function dropAbsent(given: unknown, levels = mostLevels): unknown {
  if (levels === 0) return undefined
  if (Array.isArray(given)) return given.map((element) => dropAbsent(element, levels - 1))
  if (!isRecord(given)) return given
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) =>
      value === null || value === '' ? [] : [[key, dropAbsent(value, levels - 1)]],
    ),
  )
}

/** Takes a field by its other name, where the known one is not given. */
export function withKnownNames(given: unknown, names: Record<string, string>): unknown {
  if (!isRecord(given)) return given
  const renamed = Object.entries(names).flatMap(([other, known]) =>
    given[other] === undefined || given[known] !== undefined ? [] : [[known, given[other]] as const],
  )
  return { ...given, ...Object.fromEntries(renamed) }
}

/** The `ruleValue` of createRule, an object or a string of JSON, ready for its type's schema. */
export function readRuleValue(ruleValue: unknown): unknown {
  const value = dropAbsent(typeof ruleValue === 'string' ? readJson(ruleValue) : ruleValue)
  if (!isRecord(value) || !Array.isArray(value['limitItems'])) return value
  return { ...value, limitItems: value['limitItems'].map((item) => withKnownNames(item, { WeekTime: 'weekTime' })) }
}

/** What a schema has against `given`: the first problem, with the wire's path to the field behind `prefix`. */
export function refusalOf({ issues: [issue] }: z.ZodError, given: unknown, prefix = ''): Refusal {
  const path = issue?.path ?? []
  const steps = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const found = path.reduce<unknown>((value, part) => (value as Fields | undefined)?.[String(part)], given)
  return {
    field: `${prefix}${steps}`.replace(/^\./, ''),
    message: found === undefined ? 'is missing' : (issue?.message ?? 'cannot be read'),
  }
}
