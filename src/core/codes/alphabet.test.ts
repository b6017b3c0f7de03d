import { expect, test } from 'vitest'
import { digits, parseAlphabet, readable, textOf, valuesOf } from './alphabet.ts'

test('a text and its values lead to one another', () => {
  expect(valuesOf(digits, '0791')).toEqual([0, 7, 9, 1])
  expect(textOf(digits, [0, 7, 9, 1])).toBe('0791')
  const all = parseAlphabet('zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA9876543210')
  expect(valuesOf(all, all.characters)).toEqual(Array.from({ length: 62 }, (_, value) => value))
})

test('a text with a character of another alphabet has no values', () => {
  for (const text of ['12a4', '12 4', '１234', '12😀', '-1']) expect(valuesOf(digits, text)).toBeUndefined()
})

test('the readable alphabet leaves out what looks alike', () => {
  expect(readable.radix).toBe(31)
  for (const character of '0O1IL') expect(readable.values.has(character)).toBe(false)
})

test('an alphabet of one character, of doubles or of signs is refused', () => {
  expect(() => parseAlphabet('')).toThrow('at least 2')
  expect(() => parseAlphabet('A')).toThrow('at least 2')
  expect(() => parseAlphabet('01234056')).toThrow('twice')
  expect(() => parseAlphabet('0123-')).toThrow('letters')
  expect(() => parseAlphabet('01券')).toThrow('letters')
})
