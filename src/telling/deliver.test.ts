import { expect, test } from 'vitest'
import { firstAttemptAt, nextAttemptAt } from './deliver.ts'

const tenWaits = [1, 5, 5, 10, 180, 600, 1_200, 1_800, 3_600, 7_200]
const happenedAt = new Date('2026-03-01T00:00:00Z')

/** When the last attempt begins, and how many there were, where each takes `attemptMilliseconds`. */
function playSchedule(attemptMilliseconds: number, timeFactor: number) {
  const begins: number[] = []
  let at = firstAttemptAt({ waitsSeconds: tenWaits, happenedAt, timeFactor })
  while (at !== undefined) {
    begins.push(at.getTime() - happenedAt.getTime())
    const endedAt = new Date(at.getTime() + attemptMilliseconds)
    at = nextAttemptAt({ waitsSeconds: tenWaits, attemptsMade: begins.length, endedAt, timeFactor })
  }
  return begins
}

test('ten waits make ten attempts, the last of them 4 h 3 m 21 s after the beginning', () => {
  const seconds = playSchedule(0, 1).map((milliseconds) => milliseconds / 1_000)
  expect(seconds).toEqual([1, 6, 11, 21, 201, 801, 2_001, 3_801, 7_401, 14_601])
  expect(seconds.at(-1)).toBe(4 * 3_600 + 3 * 60 + 21)
})

test("waits run from the end of the attempt before: nine attempts' own time comes on top", () => {
  expect(playSchedule(10_000, 1).at(-1)).toBe(14_601_000 + 9 * 10_000)
})

test('a time factor of 600 divides the waits, and nothing but the waits', () => {
  const begins = playSchedule(10_000, 600)
  expect(begins).toHaveLength(10)
  expect(begins.at(-1)! - 9 * 10_000).toBeGreaterThan(24_335 - 10)
  expect(begins.at(-1)! - 9 * 10_000).toBeLessThanOrEqual(24_335)
})

test('after the last attempt there is no other, and without waits there is none at all', () => {
  const given = { waitsSeconds: tenWaits, endedAt: happenedAt, timeFactor: 1 }
  expect(nextAttemptAt({ ...given, attemptsMade: 10 })).toBeUndefined()
  expect(nextAttemptAt({ ...given, attemptsMade: 11 })).toBeUndefined()
  expect(firstAttemptAt({ waitsSeconds: [], happenedAt, timeFactor: 1 })).toBeUndefined()
})

test('a schedule that begins with no wait is tried at once', () => {
  expect(firstAttemptAt({ waitsSeconds: [0, 15], happenedAt, timeFactor: 1 })).toEqual(happenedAt)
})
