import { randomInt } from 'node:crypto'

/**
 * The string that most partners sign: `k=v` of every field, sorted by name, joined by `&`, values raw. `sign` itself is
 * the caller's to leave out. Fields with an empty value take part unless `isEmptyKept` is false.
 *
 * Names are compared by code unit, which is ASCII order for all that the partners' documents name, and never by locale.
 */
export function joinSorted(
  fields: Iterable<readonly [string, string]>,
  options: { readonly isEmptyKept?: boolean } = {},
): string {
  const { isEmptyKept = true } = options
  return Array.from(fields)
    .filter(([, value]) => isEmptyKept || value !== '')
    .toSorted(([left], [right]) => compareCodeUnits(left, right))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/**
 * The name of a field for which the joined text could also be that of other fields: one whose name holds `&` or `=`, or
 * whose value holds what looks like a further field. Undefined where the text is of these fields alone.
 */
export const ambiguousField = (fields: Iterable<readonly [string, string]>): string | undefined =>
  Array.from(fields).find(([name, value]) => /[&=]/.test(name) || /&[^&]*=/.test(value))?.[0]

function compareCodeUnits(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

/**
 * The text that Lakala and WeChat Pay sign: what comes before the body line by line, then the body, each with its `\n`,
 * the last one too. Given the body's bytes it gives bytes, so that a body is checked as it came and never decoded and
 * encoded again.
 */
export function signedLines(lines: readonly string[], body: string): string
export function signedLines(lines: readonly string[], body: Uint8Array): Uint8Array
export function signedLines(lines: readonly string[], body: string | Uint8Array): string | Uint8Array
export function signedLines(lines: readonly string[], body: string | Uint8Array): string | Uint8Array {
  const head = lines.map((line) => `${line}\n`).join('')
  return typeof body === 'string' ? `${head}${body}\n` : Buffer.concat([Buffer.from(head), body, lineEnd])
}

const lineEnd = Buffer.from('\n')

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Random letters and digits from the system's cryptographic source, each equally likely. Lakala's nonces have 12. */
export function makeNonce(length = 12): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
}
