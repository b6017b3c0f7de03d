import { createHash, createHmac } from 'node:crypto'
import { isJsonNumber, type JsonObject, type JsonValue } from '../../wire/json.ts'
import { joinSorted } from '../../wire/sign-string.ts'
import { shoubeiSign, shoubeiSignText } from '../../wire/shoubei-signature.ts'
import { mistakes } from './mistakes.ts'

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
