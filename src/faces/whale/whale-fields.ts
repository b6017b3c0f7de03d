import { z } from 'zod'
import { refuse } from '../../core/command/errors.ts'
import { checkCallbackUrl, type AddressPolicy } from '../../wire/address.ts'
import { parseFen } from '../../wire/amount.ts'
import { isJsonNumber, isJsonObject, type JsonValue } from '../../wire/json.ts'
import { parsePublicKey } from '../../wire/rsa.ts'
import { isCodeText, lengthOfCode } from '../fields.ts'
import { characterCount, hasControlCharacters, isPrintableAscii } from '../../wire/text.ts'
import { formatShanghaiCompact, parseShanghaiCompact } from '../../time/shanghai.ts'

// How Whale's fields are read: digits come as numbers or as strings, whatever the table says; an optional field that is
// missing, null or an empty string is absent. Readers say what a field is, `required` and `optional` whether it must be.

const given = (value: unknown): unknown => {
  if (isJsonNumber(value as JsonValue)) return (value as { numberText: string }).numberText
  return value === null || value === '' ? undefined : value
}

export const required = <Reader extends z.ZodType>(reader: Reader) => z.preprocess(given, reader)
export const optional = <Reader extends z.ZodType>(reader: Reader) => z.preprocess(given, reader.optional())

const missingOr =
  (problem: string) =>
  (issue: { input?: unknown }): string =>
    issue.input === undefined ? 'is missing' : problem

/** A text that `read` understands; the words are for whoever wrote something else. */
const readAs = <Value>(problem: string, read: (text: string) => Value | undefined) =>
  z.string({ error: missingOr(problem) }).transform((text, context): Value => {
    const value = read(text)
    if (value !== undefined) return value
    context.issues.push({ code: 'custom', message: problem, input: text })
    return z.NEVER
  })

/** An id or a number of somebody's: printable ASCII without spaces. */
export const id = (max: number, min = 1) => {
  const lengths = min === 1 ? `at most ${max}` : `${min} to ${max}`
  return readAs(`must be ${lengths} printable ASCII characters without spaces`, (text) =>
    isPrintableAscii(text) && text.length >= min && text.length <= max ? text : undefined,
  )
}

/** A code as a person types it. */
export const typedCode = (max: number) =>
  readAs(`must be a code of at most ${max} printable ASCII characters`, (text) =>
    isCodeText(text) && lengthOfCode(text) <= max ? text : undefined,
  )

/** A whole number, written without leading zeros. */
export const wholeNumber = (min: number, max: number) =>
  readAs(`must be a whole number from ${min} to ${max}`, (text) => {
    const value = /^-?(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN
    return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined
  })

/** The document's Long where it is an id: 1 to 2^53 − 1. */
export const longId = wholeNumber(1, Number.MAX_SAFE_INTEGER)

/** An amount in fen, without leading zeros. */
export const fen = readAs('must be an amount in fen: digits only, without leading zeros', parseFen)

/** An amount in fen, filled up to 12 digits. */
export const twelveDigitFen = readAs('must be 12 digits: an amount in fen', (text) =>
  /^[0-9]{12}$/.test(text) ? Number(text) : undefined,
)

/** `yyyyMMddHHmmss`, Asia/Shanghai. */
export const compactTime = readAs('must be a time that exists, yyyyMMddHHmmss', parseShanghaiCompact)

/** `yyyyMMdd`, Asia/Shanghai; it stays as it is written. */
export const compactDay = readAs('must be a day that exists, yyyyMMdd', (text) =>
  text.length === 8 && parseShanghaiCompact(`${text}000000`) !== undefined ? text : undefined,
)

/** A mobile number: 11 digits, or with its country. */
export const mobileNumber = readAs('must be a mobile number: 11 digits, or + and 6 to 15 digits', (text) =>
  /^(?:1[0-9]{10}|\+[0-9]{6,15})$/.test(text) ? text : undefined,
)

/** Y or N. */
export const flag = readAs('must be Y or N', (text) => (/^[YN]$/.test(text) ? text === 'Y' : undefined))

/** Any letters, but no control characters. Lengths count characters. */
export const name = (max: number) =>
  readAs(`must be a text of at most ${max} characters, without control characters`, (text) =>
    text.trim() !== '' && characterCount(text) <= max && !hasControlCharacters(text) ? text : undefined,
  )

/** One of some words, as it is written. */
export const oneOf = <Word extends string>(...words: Word[]) =>
  readAs(`must be ${words.join(' or ')}`, (text) => words.find((word) => word === text))

/** An address. @param check says what is wrong with one. */
export const address = (check: (url: string) => string | undefined) =>
  z.string({ error: missingOr('must be an address') }).superRefine((text, context) => {
    const problem = check(text)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })

/** An address that the hub may call, http or https. */
export const url = (addresses: AddressPolicy) => address((text) => checkCallbackUrl(text, addresses))

/** A public RSA key: PEM, or the Base64 of its DER as Java prints it. It stays as it is written. */
export const publicKey = z.string({ error: missingOr('must be a public key') }).superRefine((text, context) => {
  try {
    parsePublicKey(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message })
  }
})

/** An object with these fields; others are kept as they are. */
export const config = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject(shape, { error: missingOr('must be an object') })

/**
 * What was read, or what came, as plain JSON: without what is absent, times as the wire writes them. A number that would
 * not be the same as a number of JavaScript stays its text. Refuses what no database keeps.
 * @param path where it stands, for a refusal.
 */
export function plain(value: unknown, path = ''): unknown {
  if (value instanceof Date) return formatShanghaiCompact(value)
  if (isJsonNumber(value as JsonValue)) return plainNumber((value as { numberText: string }).numberText)
  if (Array.isArray(value)) return value.map((element, i) => plain(element, `${path}[${i}]`))
  if (isJsonObject(value as JsonValue)) return plainObject(value as object, path)
  if (typeof value === 'string') requireKeepable(value, path)
  return value
}

export const plainObject = (object: object, path = ''): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => {
      const field = path === '' ? key : `${path}.${key}`
      requireKeepable(key, field)
      return value === undefined || value === null || value === '' ? [] : [[key, plain(value, field)]]
    }),
  )

// PostgreSQL keeps every character but this one.
function requireKeepable(text: string, field: string): void {
  if (text.includes('\0')) refuse('bad_request', `${field}: contains the character NUL`, { field })
}

function plainNumber(text: string): number | string {
  const value = Number(text)
  const isExact = Number.isSafeInteger(value) || /^-?[0-9]{1,9}\.[0-9]{1,6}$/.test(text)
  return isExact ? value : text
}
