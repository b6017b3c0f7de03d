import type { RuleUse } from '../deciding/decide-rules.ts'
import { calendarAt } from '../../../time/periods.ts'
import type { Return } from './recorded.ts'

/** What will be given back, the latest first. */
export type DueReturns = { at: number; uses: RuleUse[] }[]

/** Notes that what was taken is given back at its instant. */
export function noteReturns(due: DueReturns, uses: RuleUse[], returns: Return[]): void {
  for (const { at, parts } of returns) {
    const share = uses.map(([key, amount]): RuleUse => [key, amount / parts])
    if (share.length > 0) due.splice(placeOf(due, at.getTime()), 0, { at: at.getTime(), uses: share })
  }
}

/** Where an instant belongs: behind all that are later. */
function placeOf(due: DueReturns, at: number): number {
  let [low, high] = [0, due.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (due[middle]!.at > at) low = middle + 1
    else high = middle
  }
  return low
}

/** Gives back what is due by an instant, into the counters that it was taken from. */
export function giveBack(due: DueReturns, counters: Map<string, number>, until: Date): void {
  while ((due.at(-1)?.at ?? Infinity) <= until.getTime()) {
    // Into a period that is over nothing need be given back.
    const counted = due.pop()!.uses.filter(([key]) => counters.has(key))
    takeFrom(counters, counted, -1)
  }
}

/** Adds to counters what was taken, or takes it back. */
export function takeFrom(counters: Map<string, number>, uses: readonly RuleUse[], sign: 1 | -1 = 1): void {
  for (const [key, amount] of uses) counters.set(key, (counters.get(key) ?? 0) + sign * amount)
}

/** Forgets the counters of days, weeks, months and years that are over at an instant, so that they do not heap up. */
export function forgetEnded(counters: Map<string, number>, at: Date): void {
  const current = new Set(Object.values(calendarAt(at.getTime())).map(({ label }) => label))
  for (const key of counters.keys()) {
    // The name of a rule's counter has its period in the fourth place.
    const label = key.split(':')[3]
    if (label !== undefined && /^[DWMY]/.test(label) && !current.has(label)) counters.delete(key)
  }
}
