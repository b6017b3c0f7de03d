import * as fc from 'fast-check'
import { expect, test, describe, it } from 'vitest'
import { createSlots, createLines, createSpread } from './lines.ts'

// Each address is an app of its own, unless it is about apps.
const of = (origin: string, isFirst: boolean) => ({ app: origin, origin, isFirst })

const limits = { total: 5, perOrigin: 3, reservedForFirstAttempts: 2 }

test('an address gets no more than its share, and others still get theirs', () => {
  const slots = createSlots(limits)
  const taken = [1, 2, 3, 4].map(() => slots.tryTake(of('https://slow.example', true)))
  expect(taken.map((release) => release !== undefined)).toEqual([true, true, true, false])
  expect(slots.tryTake(of('https://other.example', true))).toBeDefined()
  expect(slots.free()).toBe(1)
})

test('retries leave the reserved slots to first attempts', () => {
  const slots = createSlots(limits)
  const retries = ['a', 'b', 'c', 'd'].map((origin) => slots.tryTake(of(origin, false)))
  expect(retries.map((release) => release !== undefined)).toEqual([true, true, true, false])
  const firsts = ['e', 'f', 'g'].map((origin) => slots.tryTake(of(origin, true)))
  expect(firsts.map((release) => release !== undefined)).toEqual([true, true, false])
})

test('an app whose attempts all hang holds half, two hold a third each, and the next finds a slot', () => {
  const slots = createSlots({ total: 200, perOrigin: 200, reservedForFirstAttempts: 50 })
  const fill = (app: string): number => {
    let taken = 0
    while (slots.tryTake({ app, origin: `https://${taken}.example`, isFirst: true }) !== undefined) taken += 1
    return taken
  }
  expect([fill('one'), fill('other'), fill('third')]).toEqual([100, 50, 25])
  expect(slots.tryTake({ app: 'next', origin: 'https://next.example', isFirst: true })).toBeDefined()
})

test('a slot is given back once, however often it is released', () => {
  const slots = createSlots(limits)
  const release = slots.tryTake(of('a', false))!
  slots.tryTake(of('a', false))
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
        const release = isRelease ? undefined : slots.tryTake(of(origin, isFirst))
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

describe('lines', () => {
  it('move in order, each by itself', () => {
    const lines = createLines<string>()
    for (const one of ['a1', 'b1', 'a2', 'b2']) lines.join(one[0]!, one)
    const served: string[] = []
    lines.advance((one) => one.startsWith('b') && served.push(one) > 0)
    expect(served).toEqual(['b1', 'b2'])
    expect(lines.isEmpty('b')).toBe(true)
    expect(lines.empty()).toEqual(['a1', 'a2'])
    expect(lines.length()).toBe(0)
  })

  it('pass over who has left', () => {
    const lines = createLines<string>()
    for (const one of ['a1', 'a2', 'a3']) lines.join('a', one)
    expect([lines.leave('a1'), lines.leave('a1'), lines.length()]).toEqual([true, false, 2])
    const served: string[] = []
    lines.advance((one) => one === 'a2' && served.push(one) > 0)
    expect(served).toEqual(['a2'])
    expect(lines.empty()).toEqual(['a3'])
  })
})

const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1) + seconds * 1000)

describe('what has to wait for an address', () => {
  it('comes back as fast as the address can take it', () => {
    const spread = createSpread(10)
    for (let i = 0; i < 200; i++) spread.observe('http://slow', 10_000)
    const turns = [1, 2, 3].map(() => spread.next('http://slow', at(0)).getTime() - at(0).getTime())
    expect(turns.map((turn) => Math.round(turn / 100) * 100)).toEqual([0, 1_000, 2_000])
    expect(spread.next('http://other', at(0))).toEqual(at(0))
  })

  it('comes back within a minute, however much there is', () => {
    const spread = createSpread(1)
    for (let i = 0; i < 200; i++) spread.observe('http://slow', 10_000)
    for (let i = 0; i < 100; i++) spread.next('http://slow', at(0))
    expect(spread.next('http://slow', at(0))).toEqual(at(60))
    expect(spread.next('http://slow', at(300))).toEqual(at(300))
  })
})
