import { findCounterBehind, readBucketCounters, readPendingUsesOf, readUses } from '../../db/proof-sums.ts'
import type { Tx } from '../../db/client.ts'
import { dayOf, startOfDay } from '../days.ts'
import { lanes } from '../lanes.ts'
import { compareHolders } from './compare.ts'
import { confirm, type Difference } from './difference.ts'
import type { Reader } from './reader.ts'
import { settledAt, slicesBetween, slicesSince } from './slices.ts'

// Holders are too many to be added up one by one. Their counters share buckets (see `SumRow`), each with the sum of its
// counters and a sum weighted by their keys; only where a bucket does not add up are its counters looked at singly.

/** Keys of counters from one (included) to another (excluded). Buckets lie in one range each. */
export type KeyRange = { from: string; until: string }

const countersPerStatement = 200_000
const endOfHolders = 'holder;'

/** Cuts the counters of holders into ranges that one short statement can add up. There is one range at least. */
export async function findRanges(tx: Tx): Promise<KeyRange[]> {
  const ranges: KeyRange[] = []
  for (let from = 'holder:'; from < endOfHolders;) {
    const key = await findCounterBehind(tx, from, countersPerStatement)
    const until = key === undefined ? endOfHolders : cutBefore(key, from)
    ranges.push({ from, until })
    from = until
  }
  return ranges
}

/** Where a range that began at `from` ends when `key` is too far away: before the bucket of `key`, or behind it. */
export function cutBefore(key: string, from: string): string {
  const bucket = prefixOf(key)
  return bucket > from ? bucket : bucket.slice(0, -1) + String.fromCharCode(bucket.charCodeAt(bucket.length - 1) + 1)
}

// A key ends with 22 characters of hash, and a day's with `:yyyy-MM-dd` behind them.
const prefixOf = (key: string): string => (key.at(-11) === ':' ? key.slice(0, -32) : key.slice(0, -21))

/** Whether a bucket is in the range, and its period, if it has one, is not over. */
export function isBucketIn({ from, until }: KeyRange, bucket: string, today: string): boolean {
  const [prefix = '', day] = bucket.split(' ')
  return prefix >= from && prefix < until && (day === undefined || day >= today)
}

const bucketCheck = 'holder_bucket'

export const bucketDifference = (bucket: string): Difference => ({
  check: bucketCheck,
  subject: bucket,
  expected: 'what coupons took',
  found: 'something else',
  words: `the counters of holders that begin with ${bucket} are not what coupons took from them; the sums of closed days may be wrong: run verify --full`,
})

/** Puts the single counters in the place of the buckets that do not add up, where they can be found. */
export async function nameHolders(reader: Reader, differences: Difference[], firstDay: string): Promise<Difference[]> {
  const buckets = differences.filter(({ check }) => check === bucketCheck)
  if (buckets.length === 0) return differences
  const found = await confirm(
    () =>
      compareSingly(
        reader,
        buckets.map(({ subject }) => subject),
        firstDay,
      ),
    reader.pauseMilliseconds,
    reader.options.signal,
  )
  const isNamed = ({ check, subject }: Difference): boolean =>
    check === bucketCheck && found.some(({ subject: key }) => isKeyOf(subject, key))
  return [...differences.filter((difference) => !isNamed(difference)), ...found]
}

function isKeyOf(bucket: string, key: string): boolean {
  const [prefix, day] = bucket.split(' ')
  return prefixOf(key) === prefix && (key.at(-11) === ':' ? key.slice(-10) : undefined) === day
}

async function compareSingly(reader: Reader, buckets: string[], firstDay: string): Promise<Difference[]> {
  const { core } = reader
  const start = startOfDay(firstOf(buckets, firstDay))
  const settled = settledAt(core.hub.now())
  const cut = settled > start ? settled : start
  const uses = new Map<string, number>()
  for (const slice of slicesBetween(start, cut)) {
    for (const group of await reader.groupsOf(slice.day)) {
      add(uses, await reader.read((tx) => readUses(tx, group, slice, buckets)))
    }
  }
  const now = core.hub.now()
  return reader.read(async (tx) => {
    const [counters, pending, ...tails] = await Promise.all([
      readBucketCounters(tx, buckets, now),
      readPendingUsesOf(tx, buckets),
      ...slicesSince(cut, now).map((slice) => readUses(tx, lanes, slice, buckets)),
    ])
    for (const tail of [pending, ...tails]) add(uses, tail)
    const isOver = (key: string): boolean => key.at(-11) === ':' && key.slice(-10) < dayOf(now)
    return compareHolders(
      new Map([...uses].filter(([key]) => !isOver(key))),
      new Map(counters.map(({ key, used }) => [key, used])),
    )
  })
}

// Limits of a day are taken from on that day alone.
function firstOf(buckets: string[], firstDay: string): string {
  const days = buckets.map((bucket) => bucket.split(' ')[1] ?? firstDay)
  return days.toSorted()[0] ?? firstDay
}

function add(uses: Map<string, number>, rows: Iterable<{ key: string; amount: number }>): void {
  for (const { key, amount } of rows) uses.set(key, (uses.get(key) ?? 0) + amount)
}
