import { isJsonNumber, type JsonObject, type JsonValue } from '../../wire/json.ts'
import { shoubeiSignText } from '../../wire/shoubei-signature.ts'
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
    causes: causesOf({ fields, key, wanted, got, at }),
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

function causesOf(compared: Compared): string[] {
  const { fields, key, wanted, got, at } = compared
  const keyPart = `key=${key}`
  const part = got[at]
  if (got.join('&').trimEnd() === wanted.join('&')) return [mistakes.lineFeedAtEnd]
  const isUnsorted = sameParts(wanted, got, keyPart)
  if (isUnsorted) return [isSortedIgnoringCase(got) ? mistakes.sortedIgnoringCase : mistakes.unsorted]
  if (got.some((one) => nameOf(one) === 'sign')) return [mistakes.signIncluded]
  if (part !== undefined && nameOf(part) in fields && fields[nameOf(part)] === null) return [mistakes.nullKept]
  if (got.some((one) => decoded(one) !== one && wanted.includes(decoded(one)))) return [mistakes.percentEncoded]
  return keyCauses(compared) ?? fieldCauses(compared)
}

function keyCauses({ key, wanted, got, at }: Compared): string[] | undefined {
  const last = got.at(-1) ?? ''
  const isAtKey = wanted[at] === `key=${key}`
  if (last === key || (wanted.at(-2) !== undefined && last === `${wanted.at(-2)}${key}`))
    return [mistakes.keyJoinedDirectly]
  if (!isAtKey) return undefined
  return [got[at] === undefined ? mistakes.noKey : nameOf(got[at]) === 'key' ? mistakes.otherKey : mistakes.noKey]
}

function fieldCauses({ fields, wanted, got, at }: Compared): string[] {
  const [expected, part] = [wanted[at], got[at]]
  const isThere = (name: string): boolean => got.some((one) => nameOf(one) === name)
  if (expected?.endsWith('=') === true && !isThere(nameOf(expected))) return [mistakes.emptyLeftOut]
  if (expected !== undefined && part !== undefined && nameOf(expected) === nameOf(part)) {
    return [`The string has another value than the request: ${valueWords(fields[nameOf(part)])}.`]
  }
  if (expected !== undefined && !isThere(nameOf(expected))) {
    return [notSigned(nameOf(expected))]
  }
  return [`${part === undefined ? 'A field' : nameOf(part)} is in the string, but it is not sent.`]
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

function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    return part
  }
}
