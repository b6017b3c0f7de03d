import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRate, readYuan, scale, showYuan, timesRate } from './decimal.ts'

describe('decimals', () => {
  it.each([
    ['30', 3000],
    [30.5, 3050],
    ['0.01', 1],
    [19.995, 2000],
    ['1.005', 101],
    ['1.0049999', 100],
    [0, 0],
  ])('reads %j yuan as %j fen, rounded half up', (written, fen) => {
    expect(readYuan(written)).toBe(fen)
  })

  it.each(['', '-1', '1e3', '.5', '1.', 'abc', Number.NaN, Number.POSITIVE_INFINITY, 1e21, '99999999999999'])(
    'refuses %j',
    (written) => {
      expect(readYuan(written)).toBeUndefined()
      expect(readRate(written)).toBeUndefined()
    },
  )

  it('reads rates exactly, and none above one', () => {
    expect([readRate('0.8'), readRate(0.85), readRate(1), readRate('1.000001'), readRate('0.1234567')]).toEqual([
      800_000,
      850_000,
      1_000_000,
      undefined,
      undefined,
    ])
  })

  it('multiplies exactly, whatever the size', () => {
    const big = fc.integer({ min: 0, max: 10 ** 13 })
    fc.assert(
      fc.property(big, fc.integer({ min: 0, max: 1_000_000 }), big, (amount, rate, part) => {
        expect(timesRate(amount, rate)).toBe(Number((BigInt(amount) * BigInt(rate) * 2n + 1_000_000n) / 2_000_000n))
        expect(scale(amount, Math.min(part, amount), amount + 1)).toBe(
          Number((BigInt(amount) * BigInt(Math.min(part, amount))) / BigInt(amount + 1)),
        )
      }),
    )
  })

  it('shows fen as yuan', () => {
    expect([showYuan(0), showYuan(5), showYuan(3000)]).toEqual(['0.00', '0.05', '30.00'])
  })
})
