import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBreakers } from './breakers.ts'
import type { Breakers } from './breakers.ts'

const bank = 'https://bank.example'
const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1) + seconds * 1_000)
const times = (count: number, act: () => void): void => Array.from({ length: count }).forEach(act)

/** Fails ten times at second 0, which opens the breaker until second 30. */
function brokenBreakers(): Breakers {
  const breakers = createBreakers()
  times(10, () => breakers.failed(bank, at(0)))
  return breakers
}

const held = (seconds: number) => ({ ok: false, retryAt: at(seconds) })

describe('opening', () => {
  test('an address never heard of may be tried', () => {
    expect(createBreakers().mayTry(bank, at(0))).toEqual({ ok: true })
  })

  test('ten failures of ten open it for 30 seconds; nine do not', () => {
    const breakers = createBreakers()
    times(9, () => breakers.failed(bank, at(0)))
    expect(breakers.mayTry(bank, at(0))).toEqual({ ok: true })
    breakers.failed(bank, at(0))
    expect(breakers.mayTry(bank, at(0))).toEqual(held(30))
    expect(breakers.mayTry(bank, at(29.999))).toEqual(held(30))
  })

  test('seven failures of ten open it; six of ten do not', () => {
    const sixOfTen = createBreakers()
    times(4, () => sixOfTen.succeeded(bank, at(0)))
    times(6, () => sixOfTen.failed(bank, at(0)))
    expect(sixOfTen.mayTry(bank, at(0)).ok).toBe(true)
    const sevenOfTen = createBreakers()
    times(3, () => sevenOfTen.succeeded(bank, at(0)))
    times(7, () => sevenOfTen.failed(bank, at(0)))
    expect(sevenOfTen.mayTry(bank, at(0)).ok).toBe(false)
  })

  test('failures older than five minutes no longer count', () => {
    const breakers = createBreakers()
    times(9, () => breakers.failed(bank, at(0)))
    breakers.failed(bank, at(300))
    expect(breakers.mayTry(bank, at(300))).toEqual({ ok: true })
  })

  test('failures spread over the five minutes count together', () => {
    const breakers = createBreakers()
    Array.from({ length: 10 }, (_, index) => breakers.failed(bank, at(index * 33)))
    expect(breakers.mayTry(bank, at(298))).toEqual(held(9 * 33 + 30))
  })

  test('one address in trouble holds back no other', () => {
    const breakers = brokenBreakers()
    expect(breakers.mayTry('https://other.example', at(1))).toEqual({ ok: true })
    expect(breakers.openOrigins(at(1))).toEqual([{ origin: bank, retryAt: at(30) }])
    expect(breakers.openOrigins(at(30))).toEqual([])
  })

  test('the settings can be changed', () => {
    const breakers = createBreakers({ minimumAttempts: 2, failureRatio: 1, openSeconds: 5 })
    times(2, () => breakers.failed(bank, at(0)))
    expect(breakers.mayTry(bank, at(1))).toEqual(held(5))
  })
})

describe('trials', () => {
  test('when the time is over one trial is made, and all others wait for it', () => {
    const breakers = brokenBreakers()
    expect(breakers.mayTry(bank, at(30))).toEqual({ ok: true })
    expect(breakers.mayTry(bank, at(31))).toEqual(held(45))
  })

  test('a trial that succeeds closes the breaker, and what was before is forgotten', () => {
    const breakers = brokenBreakers()
    breakers.mayTry(bank, at(30))
    breakers.succeeded(bank, at(31))
    times(9, () => breakers.failed(bank, at(32)))
    expect(breakers.mayTry(bank, at(32))).toEqual({ ok: true })
  })

  test('each trial that fails doubles the time, up to five minutes', () => {
    const breakers = brokenBreakers()
    let now = 30
    const waits = [60, 120, 240, 300, 300].map((wait) => {
      expect(breakers.mayTry(bank, at(now)).ok).toBe(true)
      breakers.failed(bank, at(now))
      expect(breakers.mayTry(bank, at(now))).toEqual(held(now + wait))
      now += wait
      return wait
    })
    expect(waits).toHaveLength(5)
  })

  test('after a recovery the next opening is short again', () => {
    const breakers = brokenBreakers()
    breakers.mayTry(bank, at(30))
    breakers.failed(bank, at(30))
    breakers.mayTry(bank, at(90))
    breakers.succeeded(bank, at(90))
    times(10, () => breakers.failed(bank, at(91)))
    expect(breakers.mayTry(bank, at(91))).toEqual(held(121))
  })

  test('a trial of which nothing is heard makes room for another', () => {
    const breakers = brokenBreakers()
    expect(breakers.mayTry(bank, at(30)).ok).toBe(true)
    expect(breakers.mayTry(bank, at(45)).ok).toBe(true)
  })

  test('outcomes of attempts from before the opening neither close it nor hold it open for longer', () => {
    const breakers = brokenBreakers()
    breakers.succeeded(bank, at(2))
    expect(breakers.mayTry(bank, at(2))).toEqual(held(30))
    breakers.failed(bank, at(9))
    expect(breakers.mayTry(bank, at(9))).toEqual(held(30))
  })
})

describe('memory', () => {
  test('no more addresses are remembered than allowed; the one unused for longest goes first', () => {
    const breakers = createBreakers({ maxOrigins: 2, minimumAttempts: 1 })
    const origins = ['a', 'b', 'c']
    origins.forEach((origin, index) => breakers.failed(origin, at(index)))
    expect(breakers.openOrigins(at(3)).map(({ origin }) => origin)).toEqual(['b', 'c'])
  })

  test('an address unused for ten minutes is forgotten', () => {
    const breakers = createBreakers({ minimumAttempts: 1, openSeconds: 9_999, longestOpenSeconds: 300 })
    breakers.failed('a', at(0))
    breakers.failed('b', at(600))
    expect(breakers.openOrigins(at(0)).map(({ origin }) => origin)).toEqual(['b'])
  })
})

test('whatever happens, an address is held back for five minutes at most, and comes back after one good trial', () => {
  const step = fc.record({ act: fc.constantFrom('try', 'fail', 'succeed'), wait: fc.integer({ min: 0, max: 100 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const breakers = createBreakers()
      let now = 0
      for (const { act, wait } of steps) {
        now += wait
        if (act === 'fail') breakers.failed(bank, at(now))
        else if (act === 'succeed') breakers.succeeded(bank, at(now))
        const answer = breakers.mayTry(bank, at(now))
        if (!answer.ok) expect(answer.retryAt.getTime() - at(now).getTime()).toBeLessThanOrEqual(300_000)
      }
      expect(breakers.mayTry(bank, at(now + 300)).ok).toBe(true)
      breakers.succeeded(bank, at(now + 300))
      expect(breakers.mayTry(bank, at(now + 300)).ok).toBe(true)
    }),
  )
})
