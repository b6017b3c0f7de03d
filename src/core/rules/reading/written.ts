import type { z } from 'zod'
import type { Refusal } from '../deciding/rule.ts'

type Fields = Record<string, unknown>

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
