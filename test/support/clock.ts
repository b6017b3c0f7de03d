/** A clock that stands still until it is moved. */
export type TestClock = { now: () => Date; advance: (seconds: number) => void }

export function createClock(startsAt = '2026-03-01T02:00:00.000Z'): TestClock {
  let milliseconds = Date.parse(startsAt)
  return {
    now: () => new Date(milliseconds),
    advance: (seconds) => {
      milliseconds += seconds * 1000
    },
  }
}
