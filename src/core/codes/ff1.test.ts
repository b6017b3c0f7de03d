import { FF1 } from '@noble/ciphers/ff1.js'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPermutation } from './ff1.ts'

const numeralsOf = (value: bigint, radix: number, width: number): number[] =>
  Array.from({ length: width }, (_, index) =>
    Number((value / BigInt(radix) ** BigInt(width - 1 - index)) % BigInt(radix)),
  )

const domains = fc
  .tuple(fc.integer({ min: 2, max: 62 }), fc.integer({ min: 2, max: 31 }))
  .filter(([radix, width]) => radix ** width >= 1e6)

const cases = domains.chain(([radix, width]) =>
  fc.record({
    radix: fc.constant(radix),
    width: fc.constant(width),
    value: fc.bigInt({ min: 0n, max: BigInt(radix) ** BigInt(width) - 1n }),
    key: fc.constantFrom(16, 24, 32).chain((bytes) => fc.uint8Array({ minLength: bytes, maxLength: bytes })),
  }),
)

describe('FF1', () => {
  test("gives the results of NIST's samples without a tweak (SP 800-38G, samples 1, 4 and 7)", () => {
    const key = '2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94'
    const samples: [keyDigits: number, result: bigint][] = [
      [32, 2433477484n],
      [48, 2830668132n],
      [64, 6657667009n],
    ]
    for (const [keyDigits, result] of samples) {
      const permutation = createPermutation(10, 10, Buffer.from(key.slice(0, keyDigits), 'hex'))
      expect(permutation.forward(123456789n)).toBe(result)
      expect(permutation.backward(result)).toBe(123456789n)
    }
  })

  test('agrees with another implementation in any radix, width and key', () => {
    fc.assert(
      fc.property(cases, ({ radix, width, value, key }) => {
        const permuted = createPermutation(radix, width, Buffer.from(key)).forward(value)
        expect(numeralsOf(permuted, radix, width)).toEqual(FF1(radix, key).encrypt(numeralsOf(value, radix, width)))
      }),
      { numRuns: 500 },
    )
  })

  test('leads back to the value', () => {
    fc.assert(
      fc.property(cases, ({ radix, width, value, key }) => {
        const permutation = createPermutation(radix, width, Buffer.from(key))
        expect(permutation.backward(permutation.forward(value))).toBe(value)
      }),
    )
  })

  test('refuses a width whose halves need more than one block', () => {
    expect(() => createPermutation(62, 33, Buffer.alloc(32))).toThrow('over 12 bytes')
  })
})
