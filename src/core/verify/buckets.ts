import type { SumRow } from '../../db/proof/sums.ts'

type Sum = { amount: number; weight: number }

/** What rows add up to, by subject (see `SumRow`). */
export type Sums = Map<string, Sum>

export function addSums(sums: Sums, rows: Iterable<SumRow>): void {
  for (const { subject, amount, weight } of rows) {
    const sum = sums.get(subject)
    if (sum === undefined) sums.set(subject, { amount, weight })
    else {
      sum.amount += amount
      sum.weight += weight
    }
  }
}

export const sumRowsOf = (sums: Sums): SumRow[] => [...sums].map(([subject, sum]) => ({ subject, ...sum }))

export const sumOf = (rows: Iterable<SumRow>): Sums => {
  const sums: Sums = new Map()
  addSums(sums, rows)
  return sums
}

/** The sums that run on over days: counters and code sources, as opposed to a day's totals. */
export const runningSums = (sums: Sums): SumRow[] =>
  sumRowsOf(sums).filter(({ subject }) => !subject.startsWith('total '))

/** The subjects of either whose sums are not the same. What is missing is nothing. */
export function differingSubjects(left: Sums, right: Sums): string[] {
  return [...new Set([...left.keys(), ...right.keys()])].filter((subject) => {
    const [a, b] = [left.get(subject) ?? nothing, right.get(subject) ?? nothing]
    return a.amount !== b.amount || a.weight !== b.weight
  })
}

export const nothing: Sum = { amount: 0, weight: 0 }

// Holders, and what rules count by, are too many to be added up one by one. Their counters share buckets (see
// `readUseSums`), each with the sum of its counters and a sum weighted by their keys; only where a bucket does not add up
// are its counters looked at singly.

/** Keys of counters from one (included) to another (excluded). Buckets lie in one range each. */
export type KeyRange = { from: string; until: string }

/** The keys of all counters that come in buckets: those of holders, and those of rules. */
export const allBuckets: readonly KeyRange[] = [
  { from: 'holder:', until: 'holder;' },
  { from: 'limit:', until: 'limit;' },
]

const keyStart = (bucket: string): string => (bucket.startsWith('holder:') ? bucket.split(' ')[0]! : bucket)

/** The keys among which those of a bucket are. Others may be there too: those of other days, of a holder's. */
export function keysOf(bucket: string): KeyRange {
  const from = keyStart(bucket)
  // What is not ASCII is in the last bucket of its period, and lies behind it.
  if (bucket.startsWith('limit:') && from.endsWith('~')) return { from, until: `${from.slice(0, -2)};` }
  return { from, until: from.slice(0, -1) + String.fromCharCode(from.charCodeAt(from.length - 1) + 1) }
}

/** Where a range that began at `from` ends when `bucket` is too far away: before it, or behind it. */
export function cutBefore(bucket: string, from: string): string {
  const keys = keysOf(bucket)
  return keys.from > from ? keys.from : keys.until
}

export function isBucketIn({ from, until }: KeyRange, bucket: string): boolean {
  const start = keyStart(bucket)
  return start >= from && start < until
}

const dayMilliseconds = 24 * 3_600_000

/** The first and the last day of a bucket's period (yyyy-MM-dd; a month is taken to have 31); none for all time. */
export function periodOf(bucket: string): { first: string; last: string } | undefined {
  const holderDay = bucket.startsWith('holder:') ? / (\d{4}-\d{2}-\d{2})$/.exec(bucket)?.[1] : undefined
  if (holderDay !== undefined) return { first: holderDay, last: holderDay }
  const label = bucket.startsWith('limit:') ? (bucket.split(':')[3] ?? '') : ''
  const [year, month, day] = [label.slice(1, 5), label.slice(5, 7), label.slice(7, 9)]
  const first = `${year}-${month}-${day}`
  if (label.startsWith('D')) return { first, last: first }
  if (label.startsWith('W')) {
    return { first, last: new Date(Date.parse(first) + 6 * dayMilliseconds).toISOString().slice(0, 10) }
  }
  if (label.startsWith('M')) return { first: `${year}-${month}-01`, last: `${year}-${month}-31` }
  return label.startsWith('Y') ? { first: `${year}-01-01`, last: `${year}-12-31` } : undefined
}

/** Whether a bucket's period is over: its counters are forgotten some time after that, and not looked at any more. */
export function isOver(bucket: string, today: string): boolean {
  const period = periodOf(bucket)
  return period !== undefined && period.last < today
}
