import { isUtf8 } from 'node:buffer'

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

const numberMark: unique symbol = Symbol('JsonNumber')

/**
 * A number as it was written. Signatures are taken over the text (`1.0` is not `1`), and ids of 17 digits would lose
 * some as a JavaScript number. The mark keeps an object `{"numberText": "1"}` that a partner sends from passing as one.
 */
export type JsonNumber = { readonly [numberMark]: true; readonly numberText: string }

export type JsonValue = string | boolean | null | JsonNumber | JsonValue[] | JsonObject

/**
 * Objects have no prototype: `__proto__` and `constructor` are keys like any other, and a key that was not sent is
 * undefined whatever its name. To copy one, spread it (`Object.assign` would obey `__proto__`).
 */
export type JsonObject = { readonly [key: string]: JsonValue }

/** Makes a number of its JSON text, which is not checked. */
export function jsonNumber(numberText: string): JsonNumber {
  return { [numberMark]: true, numberText }
}

export function isJsonNumber(value: JsonValue | undefined): value is JsonNumber {
  return typeof value === 'object' && value !== null && numberMark in value
}

/** True for what was written in braces: not for null, arrays and numbers. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isJsonNumber(value)
}

type JsonLimits = { readonly maxDepth?: number; readonly maxBytes?: number }

type Reader = Cursor & { readonly maxDepth: number }

/**
 * Reads a body that must be one JSON object in UTF-8 (RFC 8259), and is stricter than `JSON.parse`: no byte order mark,
 * no invalid UTF-8, no half surrogate pairs, and no key twice in one object, since whoever checks the signature and
 * whoever does the business might each take another of the two.
 *
 * `maxDepth` counts the outermost object as one level (default 20); `maxBytes` is 262,144 by default.
 * Throws a JsonError. The strings returned may share memory with the whole body: copy what is kept for long.
 */
export function parseJsonObject(bytes: Uint8Array, limits: JsonLimits = {}): JsonObject {
  const { maxDepth = 20, maxBytes = 262_144 } = limits
  if (bytes.byteLength > maxBytes) throw new JsonError(`more than ${maxBytes} bytes`, maxBytes)
  const reader: Reader = { text: decodeUtf8(bytes), at: 0, maxDepth }
  if (codeAt(reader) === 0xfeff) fail(reader, 'byte order mark')
  skipWhitespace(reader)
  if (codeAt(reader) !== openBrace) fail(reader, 'expected an object')
  const object = readObject(reader, 1)
  skipWhitespace(reader)
  if (reader.at < reader.text.length) fail(reader, 'unexpected text behind the object')
  return object
}

const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b
const closeBracket = 0x5d
const comma = 0x2c
const colon = 0x3a
const letterT = 0x74
const letterF = 0x66
const letterN = 0x6e
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y

function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('utf8')
  if (isUtf8(buffer)) return text
  // Decoding put U+FFFD where the bytes were wrong, so the first difference on the way back is the place.
  const again = Buffer.from(text)
  const offset = buffer.findIndex((byte, index) => byte !== again[index])
  throw new JsonError('invalid UTF-8', offset === -1 ? buffer.length : offset)
}

function readValue(reader: Reader, depth: number): JsonValue {
  skipWhitespace(reader)
  const code = codeAt(reader)
  if (code === quote) return readString(reader)
  if (code === openBrace) return readObject(reader, depth + 1)
  if (code === openBracket) return readArray(reader, depth + 1)
  return readWord(reader, code)
}

function readObject(reader: Reader, depth: number): JsonObject {
  const object = Object.create(null) as Record<string, JsonValue>
  if (isEmptyContainer(reader, depth, closeBrace)) return object
  do {
    skipWhitespace(reader)
    const start = reader.at
    if (codeAt(reader) !== quote) fail(reader, 'expected a key in quotes')
    const key = readString(reader)
    if (object[key] !== undefined) fail(reader, `duplicate key ${JSON.stringify(key.slice(0, 64))}`, start)
    skipWhitespace(reader)
    if (codeAt(reader) !== colon) fail(reader, "expected ':'")
    reader.at += 1
    object[key] = readValue(reader, depth)
  } while (hasAnother(reader, closeBrace))
  return object
}

function readArray(reader: Reader, depth: number): JsonValue[] {
  const array: JsonValue[] = []
  if (isEmptyContainer(reader, depth, closeBracket)) return array
  do array.push(readValue(reader, depth))
  while (hasAnother(reader, closeBracket))
  return array
}

/** Moves over the opening bracket, and over the closing one where nothing stands between the two. */
function isEmptyContainer(reader: Reader, depth: number, close: number): boolean {
  if (depth > reader.maxDepth) fail(reader, `more than ${reader.maxDepth} levels`)
  reader.at += 1
  skipWhitespace(reader)
  if (codeAt(reader) !== close) return false
  reader.at += 1
  return true
}

/** Moves over a comma (true) or the closing bracket (false). */
function hasAnother(reader: Reader, close: number): boolean {
  skipWhitespace(reader)
  const code = codeAt(reader)
  if (code !== comma && code !== close) fail(reader, `expected ',' or '${String.fromCharCode(close)}'`)
  reader.at += 1
  return code === comma
}

function readWord(reader: Reader, code: number): JsonValue {
  if (code === letterT) return expectWord(reader, 'true', true)
  if (code === letterF) return expectWord(reader, 'false', false)
  if (code === letterN) return expectWord(reader, 'null', null)
  return readNumber(reader)
}

function expectWord(reader: Reader, word: string, value: boolean | null): boolean | null {
  if (!reader.text.startsWith(word, reader.at)) fail(reader, 'expected a value')
  reader.at += word.length
  return value
}

function readNumber(reader: Reader): JsonNumber {
  const start = reader.at
  numberPattern.lastIndex = start
  if (!numberPattern.test(reader.text)) fail(reader, 'expected a value')
  reader.at = numberPattern.lastIndex
  return jsonNumber(reader.text.slice(start, reader.at))
}

/** Where a reader stands in a JSON text. */
type Cursor = { readonly text: string; at: number }

/** Refuses the text. `at` counts characters of the text; the error that is thrown counts bytes. */
function fail(cursor: Cursor, reason: string, at = cursor.at): never {
  throw new JsonError(reason, Buffer.byteLength(cursor.text.slice(0, at)))
}

/** The code unit under the cursor, −1 behind the end (`charCodeAt` would give NaN, which is slow to compare). */
function codeAt(cursor: Cursor): number {
  return cursor.at < cursor.text.length ? cursor.text.charCodeAt(cursor.at) : -1
}

/** Moves over the four characters that RFC 8259 §2 calls whitespace, and no others. */
function skipWhitespace(cursor: Cursor): void {
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
function readString(cursor: Cursor): string {
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
