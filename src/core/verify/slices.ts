import type { Slice } from '../../db/proof/picture.ts'
import { dayOf, endOfDay, startOfDay } from '../../time/shanghai.ts'
import { laneCount, lanes, makeNumber } from '../numbers/numbers.ts'

// Orders and redemptions are found by their numbers, which begin with the time at which the request was received; what
// counts is when it was decided. That is later by what a caller waits at most (a minute) and a batch takes.
const decidedLateMilliseconds = 120_000
// Or a little earlier, where a clock was set back in between.
const decidedEarlyMilliseconds = 60_000

/** Later than anything that happens. */
export const endOfTime = new Date('9999-01-01T00:00:00Z')

const firstNumberAt = (at: Date): string => makeNumber(0, at, () => 0).slice(0, 17)

/** The stretch from `from` to `until`, which must lie within one day (or end at `endOfTime`). */
export function sliceOf(from: Date, until: Date): Slice {
  const receivedFrom = new Date(from.getTime() - decidedLateMilliseconds)
  const receivedUntil = new Date(until.getTime() + decidedEarlyMilliseconds)
  return {
    day: dayOf(from),
    from,
    until,
    firstNo: firstNumberAt(receivedFrom),
    endNo: firstNumberAt(receivedUntil),
    receivedFrom,
    receivedUntil,
  }
}

export function sliceOfDay(day: string): Slice {
  const from = startOfDay(day)
  return sliceOf(from, endOfDay(from))
}

/** The stretches from `from` on, cut at midnight, up to `until`. Without it the last one, that of `now`, has no end. */
export function slicesBetween(from: Date, until: Date): Slice[] {
  const slices: Slice[] = []
  for (let start = from; start < until; start = endOfDay(start)) {
    slices.push(sliceOf(start, endOfDay(start) < until ? endOfDay(start) : until))
  }
  return slices
}

/** The stretches from `from` to now and beyond. */
export function slicesSince(from: Date, now: Date): Slice[] {
  const past = slicesBetween(from, now)
  const last = past.pop()
  return [...past, sliceOf(last?.from ?? from, endOfTime)]
}

/** The days from one to another, both included. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = []
  for (let day = first; day <= last; day = dayOf(endOfDay(startOfDay(day)))) days.push(day)
  return days
}

// What a batch may take from its decision to its commit.
const settleMilliseconds = 30_000

/** Everything that was decided before this instant is committed by now, or never will be. */
export const settledAt = (now: Date): Date => new Date(now.getTime() - settleMilliseconds)

const closedAfterMilliseconds = 3_600_000

/** Whether a day ended more than an hour ago: nothing is decided in it any more, and no batch is on its way. */
export const isClosed = (day: string, now: Date): boolean =>
  endOfDay(startOfDay(day)).getTime() + closedAfterMilliseconds < now.getTime()

const rowsPerStatement = 10_000

/** All lanes in groups, so that a statement reads some ten thousand rows where a day has so many. */
export function laneGroups(rowsOfDay: number): number[][] {
  const size = Math.max(1, Math.min(laneCount, Math.floor((rowsPerStatement * laneCount) / Math.max(1, rowsOfDay))))
  return Array.from({ length: Math.ceil(laneCount / size) }, (_, i) => lanes.slice(i * size, (i + 1) * size))
}
