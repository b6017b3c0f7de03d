import { z } from 'zod'
import { plainCode } from '../core/codes/typed-code.ts'
import { refuse } from '../core/command/errors.ts'
import { parseFen } from '../wire/amount.ts'
import { isJsonNumber, type JsonNumber, type JsonObject, type JsonValue } from '../wire/json.ts'
import { characterCount, hasControlCharacters, isPrintableAscii } from '../wire/text.ts'

// How fields of every wire are read: ids are printable ASCII without spaces, lengths count characters, and an optional
// field that is missing, null or an empty string is absent.

/** A number stands as it was written. */
const writtenAs = (value: unknown): unknown =>
  absent(isJsonNumber(value as JsonValue) ? (value as JsonNumber).numberText : value)

const absent = (value: unknown): unknown => (value === null || value === '' ? undefined : value)

const id = (max: number, min = 1) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a string') })
    .refine(isPrintableAscii, 'must be printable ASCII without spaces')
    .refine((value) => characterCount(value) <= max, `must have at most ${max} characters`)
    .refine((value) => characterCount(value) >= min, `must have at least ${min} characters`)

export const requiredId = (max: number, min = 1) => z.preprocess(absent, id(max, min))
export const optionalId = (max: number, min = 1) => z.preprocess(absent, id(max, min).optional())

/** Whether a text may be a code that a person has typed: what is left of it without blanks and dashes is printable ASCII. */
export const isCodeText = (text: string): boolean => isPrintableAscii(plainCode(text)) && !hasControlCharacters(text)

/** How long a code is, however it is typed. A text with little else than blanks and dashes is as long as it stands. */
export const lengthOfCode = (text: string): number => Math.max(plainCode(text).length, Math.ceil(text.length / 2))

/** A code as a person types it. */
export const optionalCode = (max: number) =>
  z.preprocess(
    absent,
    z
      .string('must be a string')
      .refine(isCodeText, 'must be printable ASCII')
      .refine((text) => lengthOfCode(text) <= max, `must have at most ${max} characters`)
      .optional(),
  )

/** A short text of a fixed form, told as `what`: a string, or a number that is written as one. */
export const optionalMatch = (pattern: RegExp, what: string) =>
  z.preprocess(writtenAs, z.string('must be a string').regex(pattern, `must be ${what}`).optional())

/** A whole number between two bounds: a number, or a string of its digits. */
export const requiredCount = (min: number, max: number) =>
  z.preprocess(
    (value) => absent(isJsonNumber(value as JsonValue) ? Number((value as JsonNumber).numberText) : countIn(value)),
    z
      .number({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a number') })
      .refine(
        (count) => Number.isInteger(count) && count >= min && count <= max,
        `must be a whole number from ${min} to ${max}`,
      ),
  )

const countIn = (value: unknown): unknown =>
  typeof value === 'string' && /^(?:0|[1-9][0-9]{0,8})$/.test(value) ? Number(value) : value

/** An amount in fen: a string of digits, or a number that is written as one. */
export const optionalFen = () =>
  z.preprocess(
    writtenAs,
    z
      .string('must be a string of digits')
      .transform((value, context) => {
        const fen = parseFen(value)
        if (fen !== undefined) return fen
        context.addIssue({ code: 'custom', message: 'must be an amount in fen: digits only, without leading zeros' })
        return z.NEVER
      })
      .optional(),
  )

/** Reads fields by a schema. Refuses with `bad_request`, naming the first field that is wrong. */
export function readFields<Schema extends z.ZodType>(schema: Schema, fields: JsonObject): z.output<Schema> {
  const parsed = schema.safeParse(fields)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const field = pathOf(issue.path)
  return refuse('bad_request', `${field}: ${issue.message}`, { field })
}

/** `activityConfig.productIds[0]`. */
const pathOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
