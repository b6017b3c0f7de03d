import { createHash } from 'node:crypto'
import type { JsonObject } from './json.ts'

/**
 * The string under Shoubei's MD5: every field but `sign`, null left out, empty strings kept, sorted by ASCII, k=v joined
 * by & and `&key=` with the institution's key behind; numbers as decimal text.
 */
export function stringToSign(fields: JsonObject, key: string): string {
  const pairs = Object.entries(fields)
    .filter(([name, value]) => name !== 'sign' && value !== null && value !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${String(value)}`)
  return [...pairs, `key=${key}`].join('&')
}

/** 32 lower-case hexadecimal digits over the UTF-8 of `stringToSign`. */
export const signShoubei = (fields: JsonObject, key: string): string =>
  createHash('md5').update(stringToSign(fields, key), 'utf8').digest('hex')

/** Checks an answer's `sign`. False for an unsigned answer, and for values that are neither string nor null, which no answer has. */
export function isShoubeiSignatureValid(fields: JsonObject, key: string): boolean {
  const hasOnlyText = Object.values(fields).every((value) => typeof value === 'string' || value === null)
  return hasOnlyText && fields['sign'] === signShoubei(fields, key)
}
