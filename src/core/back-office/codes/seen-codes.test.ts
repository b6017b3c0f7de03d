import { createHash } from 'node:crypto'
import { array, assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { createSeenCodes } from './seen-codes.ts'

const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest()

test('it answers as a set would, whatever the codes and their order', () => {
  assert(
    property(array(string({ maxLength: 2 })), (codes) => {
      const seen = createSeenCodes()
      const set = new Set<string>()
      for (const code of codes) {
        expect(seen.add(hashOf(code))).toBe(!set.has(code))
        set.add(code)
      }
    }),
  )
})

test('it forgets nothing while it grows', () => {
  const seen = createSeenCodes()
  const codes = Array.from({ length: 60_000 }, (_, i) => hashOf(String(i)))
  expect(codes.every((hash) => seen.add(hash))).toBe(true)
  expect(codes.some((hash) => seen.add(hash))).toBe(false)
})
