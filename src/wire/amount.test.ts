import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { formatYuan, parseFen, parseYuan } from './amount.ts'

const fen = fc.maxSafeNat()

describe('parseFen', () => {
  it('reads back every amount that it can hold', () => {
    fc.assert(fc.property(fen, (amount) => parseFen(String(amount)) === amount))
    expect(parseFen('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
  })

  test.each([
    '',
    ' ',
    '-1',
    '-0',
    '+1',
    '1e3',
    '0x10',
    '0b1',
    ' 1',
    '1 ',
    '1\n',
    '1.5',
    '1.',
    '1.0',
    '000100',
    '00',
    '1,000',
    '1_000',
    '１００',
    '١',
    'NaN',
    'Infinity',
    '9007199254740992',
    '9999999999999999',
    '10000000000000000',
  ])('refuses %j', (text) => {
    expect(parseFen(text)).toBeUndefined()
  })
})

describe('formatYuan', () => {
  test.each([
    [0, '0.00'],
    [-0, '0.00'],
    [5, '0.05'],
    [-5, '-0.05'],
    [99, '0.99'],
    [100, '1.00'],
    [3000, '30.00'],
    [-12345, '-123.45'],
    [9007199254740991, '90071992547409.91'],
    [9007199254740899, '90071992547408.99'],
  ])('writes %d fen as %s', (amount, text) => {
    expect(formatYuan(amount)).toBe(text)
  })

  it('throws for what is no whole fen', () => {
    for (const amount of [0.5, Number.NaN, Infinity, 2 ** 53]) expect(() => formatYuan(amount)).toThrow(RangeError)
  })
})

describe('parseYuan', () => {
  it('reads back what formatYuan writes', () => {
    fc.assert(fc.property(fen, (amount) => parseYuan(formatYuan(amount)) === amount))
  })

  test.each([
    ['0', 0],
    ['30', 3000],
    ['30.5', 3050],
    ['30.05', 3005],
    ['0.07', 7],
    ['1.15', 115],
    ['90071992547409.91', Number.MAX_SAFE_INTEGER],
  ])('reads %s', (text, amount) => {
    expect(parseYuan(text)).toBe(amount)
  })

  test.each([
    '',
    '-1',
    '-0.01',
    '+1',
    '.5',
    '30.',
    '30.005',
    '030',
    '00.1',
    '1e2',
    '1,000.00',
    ' 1',
    '1\n',
    '¥1',
    '１',
    '0x1',
    'NaN',
    '90071992547409.92',
    '99999999999999.99',
    '100000000000000',
  ])('refuses %j', (text) => {
    expect(parseYuan(text)).toBeUndefined()
  })
})
