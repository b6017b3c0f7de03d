import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { characterCount, hasControlCharacters, isPrintableAscii, maskMiddle } from './text.ts'

describe('isPrintableAscii', () => {
  it('is true for each of the characters ! to ~ and for no other', () => {
    for (let code = 0; code < 0x250; code += 1) {
      expect(isPrintableAscii(`a${String.fromCharCode(code)}`)).toBe(code >= 0x21 && code <= 0x7e)
    }
  })

  test.each(['', ' ', 'a b', 'a\n', '\u00a0', '券', '🎫', '\u200b', 'ａ', '\ud800'])('is false for %j', (text) => {
    expect(isPrintableAscii(text)).toBe(false)
  })
})

describe('hasControlCharacters', () => {
  test.each(['\u0000', 'a\tb', 'a\n', '\r', '\u001b[31m', '\u007f', '\u0085', '\u009f'])('is true for %j', (text) => {
    expect(hasControlCharacters(text)).toBe(true)
  })

  test.each(['', ' ', '满30减5元', '🎫', '👨‍👩‍👧', 'é', '\u00a0'])('is false for %j', (text) => {
    expect(hasControlCharacters(text)).toBe(false)
  })
})

describe('characterCount', () => {
  it('counts code points', () => {
    expect(characterCount('满30减5')).toBe(5)
    expect(characterCount('🎫🎫a')).toBe(3)
    const units = fc.array(fc.constantFrom('a', '券', '🎫', '\ud800', '\udc00'))
    fc.assert(fc.property(units, (parts) => characterCount(parts.join('')) === Array.from(parts.join('')).length))
  })
})

describe('maskMiddle', () => {
  test.each([
    ['', '****'],
    ['12345', '****'],
    ['679533922928', '67****28'],
    ['13812345678', '1****8'],
    ['oKL-mwRzR-SBfI4QDAI1QXOpkyc8', 'oKL-****kyc8'],
  ])('writes %j as %s', (text, masked) => {
    expect(maskMiddle(text)).toBe(masked)
  })

  it('hides at least two thirds and never cuts a character in half', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '券', '🎫'), maxLength: 80 }), (text) => {
        const [start = '', end = ''] = maskMiddle(text).split('****')
        expect(3 * (characterCount(start) + characterCount(end))).toBeLessThanOrEqual(characterCount(text))
        expect(text.startsWith(start) && text.endsWith(end)).toBe(true)
        expect(start + end).not.toMatch(/[\ud800-\udfff]/u)
      }),
    )
  })
})
