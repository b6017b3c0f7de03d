import { assert, property, stringMatching, tuple } from 'fast-check'
import { expect, it } from 'vitest'
import { fitsPattern, parseCodePattern } from './code-pattern.ts'

it('A pattern says of what characters a code is, how long, and how it begins', () => {
  const fits = (pattern: string, code: string): boolean => fitsPattern(code, parseCodePattern(pattern))
  expect(fits('digits 12', '123456789012')).toBe(true)
  expect(fits('digits 12', '12345678901')).toBe(false)
  expect(fits('digits 12', '12345678901a')).toBe(false)
  expect(fits('digits 10-14 88', '8812345678')).toBe(true)
  expect(fits('digits 10-14 88', '1288345678')).toBe(false)
  expect(fits('any 8-512 https://v.example.com/', 'https://v.example.com/aB3')).toBe(true)
})

it.each([
  '',
  '12',
  'digits',
  'digits 0',
  'digits 9-3',
  'any 513',
  'digits 4 12345',
  'digits 8 ab',
  'any 3 a b',
  '.* 3',
])('What is no pattern is refused in words: %s', (text) => {
  expect(() => parseCodePattern(text)).toThrow(/must/)
})

it('A code of the characters, the length and the beginning fits, whatever they are', () => {
  const arbitrary = tuple(stringMatching(/^\d{0,9}$/), stringMatching(/^\d{1,9}$/))
  assert(
    property(arbitrary, ([prefix, rest]) => {
      const code = prefix + rest
      const text = `digits ${code.length}${prefix === '' ? '' : ` ${prefix}`}`
      expect(fitsPattern(code, parseCodePattern(text))).toBe(true)
    }),
  )
})
