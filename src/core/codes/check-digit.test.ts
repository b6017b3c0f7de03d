import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkValueOf, isCheckValueRight } from './check-digit.ts'

const radixes = fc.integer({ min: 2, max: 62 })

const checkedValues = radixes.chain((radix) =>
  fc.record({
    radix: fc.constant(radix),
    values: fc
      .array(fc.integer({ min: 0, max: radix - 1 }), { minLength: 2, maxLength: 31 })
      .map((values) => values.concat(checkValueOf(values, radix))),
    position: fc.nat(),
    difference: fc.integer({ min: 1, max: radix - 1 }),
  }),
)

describe('the check value', () => {
  test("is Luhn's for digits", () => {
    expect(checkValueOf([7, 9, 9, 2, 7, 3, 9, 8, 7, 1], 10)).toBe(3)
    expect(isCheckValueRight([7, 9, 9, 2, 7, 3, 9, 8, 7, 1, 3], 10)).toBe(true)
  })

  test('fits what it was made for', () => {
    fc.assert(fc.property(checkedValues, ({ radix, values }) => isCheckValueRight(values, radix)))
  })

  test('finds every single wrong character, in any radix', () => {
    fc.assert(
      fc.property(checkedValues, ({ radix, values, position, difference }) => {
        const index = position % values.length
        const wrong = values.with(index, (values[index]! + difference) % radix)
        expect(isCheckValueRight(wrong, radix)).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })

  test('finds neighbours exchanged: all in an odd radix, all but first and last of the alphabet in an even one', () => {
    fc.assert(
      fc.property(checkedValues, ({ radix, values, position }) => {
        const index = position % (values.length - 1)
        const [one, other] = [values[index]!, values[index + 1]!]
        fc.pre(one !== other)
        const exchanged = values.with(index, other).with(index + 1, one)
        const isBlindSpot = radix % 2 === 0 && Math.abs(one - other) === radix - 1
        expect(isCheckValueRight(exchanged, radix)).toBe(isBlindSpot)
      }),
      { numRuns: 1000 },
    )
  })
})
