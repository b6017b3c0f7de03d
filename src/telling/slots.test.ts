import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSlots } from './slots.ts'

const limits = { total: 5, perOrigin: 3, reservedForFirstAttempts: 2 }

test('an address gets no more than its share, and others still get theirs', () => {
  const slots = createSlots(limits)
  const taken = [1, 2, 3, 4].map(() => slots.tryTake('https://slow.example', true))
  expect(taken.map((release) => release !== undefined)).toEqual([true, true, true, false])
  expect(slots.tryTake('https://other.example', true)).toBeDefined()
  expect(slots.free()).toBe(1)
})

test('retries leave the reserved slots to first attempts', () => {
  const slots = createSlots(limits)
  const retries = ['a', 'b', 'c', 'd'].map((origin) => slots.tryTake(origin, false))
  expect(retries.map((release) => release !== undefined)).toEqual([true, true, true, false])
  const firsts = ['e', 'f', 'g'].map((origin) => slots.tryTake(origin, true))
  expect(firsts.map((release) => release !== undefined)).toEqual([true, true, false])
})

test('a slot is given back once, however often it is released', () => {
  const slots = createSlots(limits)
  const release = slots.tryTake('a', false)!
  slots.tryTake('a', false)
  release()
  release()
  expect(slots.free()).toBe(4)
})

test('limits that leave nothing to retries are refused', () => {
  expect(() => createSlots({ total: 2, perOrigin: 1, reservedForFirstAttempts: 2 })).toThrow('left for retries')
})

test('whatever is taken and given back, no limit is passed and everything comes back', () => {
  const step = fc.record({ origin: fc.constantFrom('a', 'b', 'c'), isFirst: fc.boolean(), isRelease: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const slots = createSlots(limits)
      const held: { origin: string; isFirst: boolean; release: () => void }[] = []
      for (const { origin, isFirst, isRelease } of steps) {
        const release = isRelease ? undefined : slots.tryTake(origin, isFirst)
        if (release !== undefined) held.push({ origin, isFirst, release })
        else if (isRelease) held.shift()?.release()
        expect(slots.free()).toBe(limits.total - held.length)
        expect(held.filter((slot) => slot.origin === origin).length).toBeLessThanOrEqual(limits.perOrigin)
        expect(held.filter((slot) => !slot.isFirst).length).toBeLessThanOrEqual(3)
      }
      for (const { release } of held) release()
      expect(slots.free()).toBe(limits.total)
    }),
  )
})
