import { hash, timingSafeEqual } from 'node:crypto'
import { isJsonNumber, type JsonObject, type JsonValue } from './json.ts'
import { joinSorted } from './sign-string.ts'

/**
 * The text that Shoubei's MD5 is taken of: all fields but `sign`, null left out, empty strings kept, sorted, `k=v`
 * joined by `&`, and the institution's key at the end. Numbers and booleans stand as they were written.
 *
 * Takes a parsed request as well as the plain record of an answer. The text contains the key: never log it.
 * Throws a TypeError for an object or array, for which the document knows no rule: refuse those with `nestedFieldOf`.
 */
export function shoubeiSignText(fields: JsonObject, key: string): string {
  const signed: Array<readonly [string, string]> = []
  for (const [name, value] of Object.entries(fields)) {
    if (name !== 'sign' && value !== null) signed.push([name, textOf(name, value)])
  }
  return `${joinSorted(signed)}&key=${key}`
}

/** The sign itself: MD5 of the UTF-8 text, 32 hexadecimal digits in lower case. */
export function shoubeiSign(fields: JsonObject, key: string): string {
  return hash('md5', shoubeiSignText(fields, key))
}

/** The name of a field that holds an object or an array, which a Shoubei body may not have at its top level. */
export function nestedFieldOf(fields: JsonObject): string | undefined {
  return Object.entries(fields).find(([, value]) => isNested(value))?.[0]
}

/** Compares a sign with the one expected, in a time that does not tell how many of the characters were right. */
export function isSameSignature(left: string, right: string): boolean {
  const leftBytes = Buffer.from(left)
  const rightBytes = Buffer.from(right)
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes)
}

function isNested(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null && !isJsonNumber(value)
}

function textOf(name: string, value: JsonValue): string {
  if (typeof value === 'string') return value
  if (isJsonNumber(value)) return value.numberText
  if (typeof value === 'boolean') return String(value)
  throw new TypeError(`${name} is an object or an array and cannot be signed`)
}
