/** Where a reader stands in a JSON text. */
export type Cursor = { readonly text: string; at: number }

/** Says why a body is refused, and at which byte of it. The message is both: `duplicate key "a" at offset 12`. */
export class JsonError extends Error {
  readonly reason: string
  /** Counted in bytes from the start of the body, so that it can be found in what was sent. */
  readonly offset: number

  constructor(reason: string, offset: number) {
    super(`${reason} at offset ${offset}`)
    this.name = 'JsonError'
    this.reason = reason
    this.offset = offset
  }
}

/** Refuses the text. `at` counts characters of the text; the error that is thrown counts bytes. */
export function fail(cursor: Cursor, reason: string, at = cursor.at): never {
  throw new JsonError(reason, Buffer.byteLength(cursor.text.slice(0, at)))
}

/** The code unit under the cursor, −1 behind the end (`charCodeAt` would give NaN, which is slow to compare). */
export function codeAt(cursor: Cursor): number {
  return cursor.at < cursor.text.length ? cursor.text.charCodeAt(cursor.at) : -1
}

/** Moves over the four characters that RFC 8259 §2 calls whitespace, and no others. */
export function skipWhitespace(cursor: Cursor): void {
  let code = codeAt(cursor)
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
    cursor.at += 1
    code = codeAt(cursor)
  }
}

const quote = 0x22
const backslash = 0x5c

const simpleEscapes = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

/** Reads a string whose opening quote is under the cursor, and leaves the cursor behind the closing one. */
export function readString(cursor: Cursor): string {
  cursor.at += 1
  let result = readPlainRun(cursor)
  while (codeAt(cursor) === backslash) result += readEscape(cursor) + readPlainRun(cursor)
  const code = codeAt(cursor)
  if (code === -1) fail(cursor, 'the text ends inside a string')
  if (code !== quote) fail(cursor, 'control character in a string')
  cursor.at += 1
  return result
}

/** Everything up to a quote, a backslash, a control character or the end. Most of a body goes through this loop. */
function readPlainRun(cursor: Cursor): string {
  const { text } = cursor
  const start = cursor.at
  let at = start
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === quote || code === backslash || code < 0x20) break
    at += 1
  }
  cursor.at = at
  return text.slice(start, at)
}

function readEscape(cursor: Cursor): string {
  const letter = cursor.text.charAt(cursor.at + 1)
  if (letter === 'u') return readUnicodeEscape(cursor)
  const character = simpleEscapes.get(letter)
  if (character === undefined) fail(cursor, 'unknown escape in a string')
  cursor.at += 2
  return character
}

/**
 * One `\uXXXX`, or the two that make a character outside the basic plane. Half a pair is refused: it has no UTF-8, so
 * that it would change silently between the signature, the database and the answer.
 */
function readUnicodeEscape(cursor: Cursor): string {
  const start = cursor.at
  const first = readUnit(cursor)
  if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first)
  if (first <= 0xdbff && cursor.text.startsWith('\\u', cursor.at)) {
    const second = readUnit(cursor)
    if (second >= 0xdc00 && second <= 0xdfff) return String.fromCharCode(first, second)
  }
  return fail(cursor, 'lone surrogate in a string', start)
}

function readUnit(cursor: Cursor): number {
  const digits = cursor.text.slice(cursor.at + 2, cursor.at + 6)
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) fail(cursor, 'a \\u escape needs four hexadecimal digits')
  cursor.at += 6
  return Number.parseInt(digits, 16)
}
