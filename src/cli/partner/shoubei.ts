import { createHash, createHmac } from 'node:crypto'
import { isJsonNumber, type JsonObject, type JsonValue } from '../../wire/json.ts'
import { shoubeiSignText, shoubeiSign } from '../../wire/shoubei-signature.ts'
import { joinSorted } from '../../wire/sign-string.ts'
import { mistakes, notSigned, type Difference } from './mistakes.ts'

/**
 * Compares a string to sign with the one that these fields and this key make: part by part, as `&` separates them.
 * Answers where they part first, without ever showing the key; undefined where they are the same.
 */
export function compareShoubeiText(fields: JsonObject, key: string, given: string): Difference | undefined {
  const text = shoubeiSignText(fields, key)
  if (given === text) return undefined
  const [wanted, got] = [text.split('&'), given.split('&')]
  const index = wanted.findIndex((part, at) => part !== got[at])
  const at = index === -1 ? wanted.length : index
  const mask = (part: string | undefined): string => (part ?? '(nothing)').replaceAll(key, '***')
  return {
    where: `part ${at + 1}${wanted[at] === undefined ? '' : ` (${nameOf(wanted[at])})`}`,
    expected: mask(wanted[at]),
    given: mask(got[at]),
    causes: [causeOf({ fields, key, wanted, got, at })],
  }
}

/** The fields that a string to sign speaks of, where the request is not at hand. */
export function fieldsOf(given: string): JsonObject {
  const parts = given.trimEnd().split('&')
  const pairs = parts.filter((part) => part.includes('=') && nameOf(part) !== 'key')
  return Object.fromEntries(pairs.map((part) => [nameOf(part), valueOf(part)]))
}

const nameOf = (part: string): string => part.slice(0, part.indexOf('='))

function valueOf(part: string): JsonValue {
  const value = part.slice(part.indexOf('=') + 1)
  return value === 'null' ? null : value
}

type Compared = { fields: JsonObject; key: string; wanted: string[]; got: string[]; at: number }

// In this order, so that of several mistakes the one is named that makes the others hard to see.
function causeOf(compared: Compared): string {
  const { fields, key, wanted, got, at } = compared
  const part = got[at]
  if (got.join('&').trimEnd() === wanted.join('&')) return mistakes.lineFeedAtEnd
  if (sameParts(wanted, got, `key=${key}`)) {
    return isSortedIgnoringCase(got) ? mistakes.sortedIgnoringCase : mistakes.unsorted
  }
  if (got.some((one) => nameOf(one) === 'sign')) return mistakes.signIncluded
  if (part !== undefined && fields[nameOf(part)] === null) return mistakes.nullKept
  if (got.some((one) => decoded(one) !== one && wanted.includes(decoded(one)))) return mistakes.percentEncoded
  if (isKeyJoined(compared)) return mistakes.keyJoinedDirectly
  if (wanted[at] !== `key=${key}`) return fieldCause(compared)
  return part !== undefined && nameOf(part) === 'key' ? mistakes.otherKey : mistakes.noKey
}

function isKeyJoined({ key, wanted, got }: Compared): boolean {
  const [end, lastField] = [got.at(-1)?.trimEnd(), wanted.at(-2)]
  return end === key || (lastField !== undefined && end === `${lastField}${key}`)
}

/** A part as it was before it was percent-encoded, in whatever spelling: libraries differ in spaces and letters. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    return part
  }
}

function fieldCause({ fields, wanted, got, at }: Compared): string {
  const [expected, part] = [wanted[at], got[at]]
  const isThere = (name: string): boolean => got.some((one) => nameOf(one) === name)
  if (expected?.endsWith('=') === true && !isThere(nameOf(expected))) return mistakes.emptyLeftOut
  if (expected !== undefined && part !== undefined && nameOf(expected) === nameOf(part)) {
    return `The string has another value than the request: ${valueWords(fields[nameOf(part)])}.`
  }
  if (expected !== undefined && !isThere(nameOf(expected))) return notSigned(nameOf(expected))
  return `${part === undefined ? 'A field' : nameOf(part)} is in the string, but it is not sent.`
}

const valueWords = (value: JsonValue | undefined): string =>
  isJsonNumber(value)
    ? 'a number is signed as it is written in the body'
    : 'sign the values that are sent, without spaces around them'

const sameParts = (wanted: string[], got: string[], keyPart: string): boolean =>
  got.at(-1) === keyPart && wanted.toSorted().join('&') === got.toSorted().join('&')

function isSortedIgnoringCase(parts: string[]): boolean {
  const names = parts.slice(0, -1).map((part) => nameOf(part).toLowerCase())
  return names.every((name, at) => at === 0 || names[at - 1]! <= name)
}

/**
 * Why a sign is not the one expected, found by trying the classic mistakes until one makes it so. Undefined where none
 * does: then it is another key, or another text. An empty text means that it is right.
 */
export function explainShoubeiSign(fields: JsonObject, key: string, sign: string): string | undefined {
  if (sign === shoubeiSign(fields, key)) return ''
  const digest = wrongDigests(shoubeiSignText(fields, key), key).find((one) => one.sign === sign)
  if (digest !== undefined) return digest.mistake
  const lower = sign.toLowerCase()
  const text = wrongTexts(fields, key).find((one) => md5(one.text) === lower)
  if (text === undefined) return undefined
  return lower === sign ? text.mistake : `${text.mistake} ${mistakes.upperCase}`
}

type Pair = readonly [name: string, value: JsonValue]

function wrongDigests(text: string, key: string): { mistake: string; sign: string }[] {
  const right = md5(text)
  const raw = createHash('md5').update(text).digest('base64')
  const bare = text.slice(0, text.lastIndexOf('&key='))
  const half = right.slice(8, 24)
  return [
    { mistake: mistakes.upperCase, sign: right.toUpperCase() },
    { mistake: mistakes.base64Digest, sign: raw },
    { mistake: mistakes.halfDigest, sign: half },
    { mistake: mistakes.halfDigest, sign: half.toUpperCase() },
    ...(['sha256', 'md5'] as const).flatMap((algorithm) =>
      [text, bare].map((one) => ({
        mistake: mistakes.hmac,
        sign: createHmac(algorithm, key).update(one).digest('hex'),
      })),
    ),
    { mistake: mistakes.sha256, sign: createHash('sha256').update(text).digest('hex') },
  ]
}

function wrongTexts(fields: JsonObject, key: string): { mistake: string; text: string }[] {
  const pairs = Object.entries(fields).filter(([name]) => name !== 'sign')
  const given = pairs.filter(([, value]) => value !== null)
  const text = shoubeiSignText(fields, key)
  const bare = text.slice(0, text.lastIndexOf('&key='))
  const withKey = (joined: string): string => `${joined}&key=${key}`
  const inOrder = (some: Pair[]): string => some.map(([name, value]) => `${name}=${textOf(value)}`).join('&')
  const sorted = (some: Pair[]): string => joinSorted(some.map(([name, value]) => [name, textOf(value)] as const))
  return [
    { mistake: mistakes.unsorted, text: withKey(inOrder(given)) },
    { mistake: mistakes.sortedIgnoringCase, text: withKey(inOrder(given.toSorted(ignoringCase))) },
    { mistake: mistakes.emptyLeftOut, text: withKey(sorted(given.filter(([, value]) => value !== ''))) },
    { mistake: mistakes.nullKept, text: withKey(sorted(pairs)) },
    { mistake: mistakes.nullKept, text: withKey(sorted(pairs.map(([name, value]) => [name, value ?? ''] as const))) },
    { mistake: mistakes.signIncluded, text: withKey(sorted([...given, ['sign', '']])) },
    { mistake: mistakes.noKey, text: bare },
    { mistake: mistakes.keyJoinedDirectly, text: `${bare}${key}` },
    { mistake: mistakes.keyJoinedDirectly, text: `${bare}&${key}` },
    { mistake: mistakes.percentEncoded, text: withKey(sorted(given.map(encoded))) },
    { mistake: mistakes.lineFeedAtEnd, text: `${text}\n` },
  ]
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

const ignoringCase = ([left]: Pair, [right]: Pair): number => (left.toLowerCase() < right.toLowerCase() ? -1 : 1)

const encoded = ([name, value]: Pair): Pair => [name, encodeURIComponent(textOf(value))]

// Objects and arrays were refused before: they have no place in the string.
function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value
  return isJsonNumber(value) ? value.numberText : JSON.stringify(value)
}
