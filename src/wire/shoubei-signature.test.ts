import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readVector } from '../../test/vectors/read-vectors.ts'
import { parseJsonObject } from './json.ts'
import { isSameSignature, nestedFieldOf, shoubeiSign, shoubeiSignText } from './shoubei-signature.ts'

const vector = readVector('shoubei-family-doc-vector')
const key = vector.key ?? ''
const parse = (text: string) => parseJsonObject(Buffer.from(text))

describe('shoubeiSign', () => {
  it("makes the platform's published sign", () => {
    const fields = parse(JSON.stringify(vector.params))
    expect(shoubeiSignText(fields, key)).toBe(vector.stringToSign)
    expect(shoubeiSign(fields, key)).toBe(vector.sign)
  })

  it('is the lower-case MD5 of the UTF-8 of its text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), (fields) => {
        const digest = createHash('md5').update(shoubeiSignText(fields, 'k'), 'utf8').digest('hex')
        expect(shoubeiSign(fields, 'k')).toBe(digest)
        expect(digest).toMatch(/^[0-9a-f]{32}$/)
      }),
    )
  })

  test.each([
    ['leaves null out and keeps empty strings', '{"b":null,"a":"","c":"1"}', 'a=&c=1&key=K'],
    ['leaves the sign itself out', '{"sign":"x","a":"1","Sign":"y"}', 'Sign=y&a=1&key=K'],
    [
      'signs numbers as written',
      '{"a":1.0,"b":1e2,"c":-0,"d":12345678901234567890}',
      'a=1.0&b=1e2&c=-0&d=12345678901234567890&key=K',
    ],
    ['signs booleans as written', '{"a":true,"b":false}', 'a=true&b=false&key=K'],
    ['signs strings unescaped', '{"a":"\\u5238\\n&b=2"}', 'a=券\n&b=2&key=K'],
    ['knows __proto__ for a field', '{"__proto__":"1","a":"2"}', '__proto__=1&a=2&key=K'],
    ['signs a field called key in its place', '{"z":"1","key":"2"}', 'key=2&z=1&key=K'],
  ])('%s', (_, body, text) => {
    expect(shoubeiSignText(parse(body), 'K')).toBe(text)
  })

  it('signs the plain record of an answer', () => {
    const answer: Record<string, string | null> = { return_code: 'SUCCESS', order_no: null, codes: '', amount: '100' }
    expect(shoubeiSignText(answer, 'K')).toBe('amount=100&codes=&return_code=SUCCESS&key=K')
  })

  it('throws for an object or an array, naming the field', () => {
    expect(() => shoubeiSign(parse('{"a":"1","b":{}}'), 'K')).toThrow('b is an object or an array')
    expect(() => shoubeiSign(parse('{"list":[]}'), 'K')).toThrow(TypeError)
  })
})

describe('nestedFieldOf', () => {
  it('names the field that holds an object or an array', () => {
    expect(nestedFieldOf(parse('{"a":"1","b":{}}'))).toBe('b')
    expect(nestedFieldOf(parse('{"a":[]}'))).toBe('a')
    expect(nestedFieldOf(parse('{"a":{"numberText":"1"}}'))).toBe('a')
  })

  it('finds none among strings, numbers, booleans and null', () => {
    expect(nestedFieldOf(parse('{"a":"1","b":2,"c":true,"d":null}'))).toBeUndefined()
  })
})

describe('isSameSignature', () => {
  it('is true for the same text alone', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (left, right) => isSameSignature(left, right) === (left === right)))
    fc.assert(fc.property(fc.string(), (text) => isSameSignature(text, text)))
  })

  it('never throws, whatever the lengths', () => {
    expect(isSameSignature('', 'a')).toBe(false)
    expect(isSameSignature('é', 'ee')).toBe(false)
    expect(isSameSignature('a', 'a\u0000')).toBe(false)
    expect(isSameSignature('ABCD', 'abcd')).toBe(false)
  })
})
