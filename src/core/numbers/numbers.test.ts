import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { laneIndexOfNumber, makeNumber } from './numbers.ts'

const laneIndexes = fc.integer({ min: 0, max: 255 })
const moments = fc.date({ min: new Date('2000-01-01Z'), max: new Date('9999-01-01Z'), noInvalidDate: true })

describe('a number of ours', () => {
  test('is the time in Shanghai, the lane index and twelve random digits', () => {
    const now = new Date('2026-12-31T16:00:00.007Z')
    expect(makeNumber(9, now, () => 123)).toBe('20270101000000007009000000000123')
  })

  test('has 32 digits and tells its lane index', () => {
    fc.assert(
      fc.property(laneIndexes, moments, (laneIndex, now) => {
        const number = makeNumber(laneIndex, now)
        expect(number).toMatch(/^\d{32}$/)
        expect(laneIndexOfNumber(number)).toBe(laneIndex)
      }),
    )
  })

  test('sorts by the time when it was made', () => {
    fc.assert(
      fc.property(laneIndexes, laneIndexes, moments, moments, (one, other, before, after) => {
        fc.pre(before < after)
        expect(makeNumber(one, before) < makeNumber(other, after)).toBe(true)
      }),
    )
  })

  test('differs from the others of its millisecond and lane', () => {
    const now = new Date('2026-11-22T13:00:00Z')
    const numbers = Array.from({ length: 10_000 }, () => makeNumber(255, now))
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test('is not made for a lane index or a year that would break its shape', () => {
    const now = new Date('2026-11-22T13:00:00Z')
    for (const laneIndex of [-1, 256, 1000, 1.5, Number.NaN]) {
      expect(() => makeNumber(laneIndex, now)).toThrow('0 to 255')
    }
    expect(() => makeNumber(0, new Date('+010000-01-01T00:00:00Z'))).toThrow('years 0 to 9999')
  })
})

test('a text that cannot be a number of ours has no lane index', () => {
  const number = '20261122211437123255000000000123'
  expect(laneIndexOfNumber(number)).toBe(255)
  const others = [
    '',
    number.slice(1),
    `${number}0`,
    ` ${number.slice(1)}`,
    `${number.slice(0, 31)}x`,
    `${number.slice(0, 17)}256${number.slice(20)}`,
    `2026132${number.slice(7)}`,
    `20261132${number.slice(8)}`,
    `2026112224${number.slice(10)}`,
    `${number}\n`,
    number.replace('1', '١'),
  ]
  for (const other of others) expect(laneIndexOfNumber(other)).toBeUndefined()
})
