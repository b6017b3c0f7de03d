import type { CounterRow } from '../../db/counters.ts'
import { totalNames, type DailyTotalRow } from '../../db/daily-totals.ts'
import type { SumRow } from '../../db/proof/sums.ts'
import type { UseRow } from '../../db/proof/uses.ts'
import type { CodeSource } from '../set-up/snapshot.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { isBucketIn, isOver, type KeyRange, differingSubjects, nothing, sumOf, type Sums } from './buckets.ts'
import type { Difference } from './difference.ts'

type Compared = { check: string; subject: string; expected: number | string; found: number | string; words: string }

const differ = ({ expected, found, words, ...rest }: Compared): Difference => ({
  ...rest,
  expected: String(expected),
  found: String(found),
  words: `${words} (expected ${expected}, found ${found})`,
})

const totalRows = (row: DailyTotalRow): SumRow[] =>
  totalNames.map((name) => ({
    subject: `total ${name} ${row.templateId} ${row.activityId} ${row.channelId}`,
    amount: row[name],
    weight: 0,
  }))

/**
 * The totals of a day against its rows. A coupon that expired and was given more time is not expired any more, so the
 * total may be higher: by how much in all is `revived`.
 */
export function compareTotals(day: string, sums: Sums, totals: readonly DailyTotalRow[]) {
  const told = sumOf(totals.filter((row) => row.day === day).flatMap(totalRows))
  const counted = new Map([...sums].filter(([subject]) => subject.startsWith('total ')))
  const differences: Difference[] = []
  let revived = 0
  for (const subject of differingSubjects(counted, told)) {
    const [expected, found] = [counted.get(subject) ?? nothing, told.get(subject) ?? nothing]
    if (subject.startsWith('total expired ') && found.amount > expected.amount)
      revived += found.amount - expected.amount
    else differences.push(totalDifference(day, subject, expected.amount, found.amount))
  }
  return { differences, revived }
}

function totalDifference(day: string, subject: string, expected: number, found: number): Difference {
  const [, name, templateId, activityId, channelId] = subject.split(' ')
  const words = `the daily total "${name}" of ${day}, template ${templateId}, activity ${activityId}, channel ${channelId} is not what its rows add up to`
  return differ({ check: 'daily_total', subject: `${day} ${subject.slice('total '.length)}`, expected, found, words })
}

/** How often coupons expired, beyond those that are expired now, against how often one was given more time. */
export function compareRevived(revived: number, revivals: number): Difference[] {
  if (revived <= revivals) return []
  const words = 'the daily totals have more expired coupons than are expired now or were given more time since'
  return [differ({ check: 'expired_total', subject: 'all days', expected: revivals, found: revived, words })]
}

/** A stock counter against what coupons took from it, less what was given back. */
export function compareStock(sums: Sums, counters: readonly CounterRow[]): Difference[] {
  const stock = counters.filter(({ key }) => key.startsWith('stock:'))
  const counted = new Map([...sums].filter(([subject]) => subject.startsWith('counter stock:')))
  const usedOf = new Map(stock.map(({ key, used }) => [`counter ${key}`, used]))
  const wrong = [...new Set([...counted.keys(), ...usedOf.keys()])].flatMap((subject) => {
    const [expected, found] = [counted.get(subject)?.amount ?? 0, usedOf.get(subject) ?? 0]
    if (expected === found) return []
    const key = subject.slice('counter '.length)
    const words = `counter ${key} is not what coupons took from it, less what voided ones gave back`
    return [differ({ check: 'stock', subject: key, expected, found, words })]
  })
  return [...wrong, ...counters.flatMap(overfull)]
}

function overfull({ key, used, max }: CounterRow): Difference[] {
  if (max === null || used <= max) return []
  return [
    differ({
      check: 'counter_max',
      subject: key,
      expected: `at most ${max}`,
      found: used,
      words: `counter ${key} is over its limit`,
    }),
  ]
}

/** The numbers of each code source against its coupons, and the sizes of spaces and pools. */
export function compareSources(
  sums: Sums,
  counters: readonly CounterRow[],
  sources: Iterable<CodeSource>,
  highest: ReadonlyMap<number, number>,
): Difference[] {
  const counterOf = new Map(counters.map((counter) => [counter.key, counter]))
  return [...sources].flatMap((source) => {
    const coupons = sums.get(`source ${source.id}`)?.amount ?? 0
    const counter = counterOf.get(numbersKey(source.id)) ?? { key: numbersKey(source.id), used: 0, max: 0 }
    return source.space === undefined
      ? comparePool(source, coupons, counter, (highest.get(source.id) ?? -1) + 1)
      : compareSpace(source, coupons, counter, source.space.fillLimit)
  })
}

function comparePool({ name }: CodeSource, coupons: number, counter: CounterRow, size: number): Difference[] {
  const { key: subject, used, max } = counter
  const taken = { check: 'pool_taken', subject, expected: coupons, found: used }
  const codes = { check: 'pool_size', subject, expected: size, found: max ?? 'no limit' }
  return [
    ...(used === coupons
      ? []
      : [differ({ ...taken, words: `pool ${name} has handed out another number of codes than it has coupons` })]),
    ...(max === size
      ? []
      : [differ({ ...codes, words: `pool ${name} does not have the codes that its counter says` })]),
  ]
}

function compareSpace({ name }: CodeSource, coupons: number, counter: CounterRow, fillLimit: number): Difference[] {
  const { key: subject, used, max } = counter
  const taken = { check: 'space_taken', subject, expected: `at least ${coupons}`, found: used }
  const limit = { check: 'space_limit', subject, expected: `at most ${fillLimit}`, found: max ?? 'no limit' }
  return [
    ...(used >= coupons
      ? []
      : [differ({ ...taken, words: `code space ${name} has more coupons than numbers were taken from it` })]),
    ...(max !== null && max <= fillLimit
      ? []
      : [differ({ ...limit, words: `code space ${name} may be filled so far that codes can be guessed` })]),
  ]
}

/** Sums that were kept for a closed day against the same day counted again. What is over since is not counted again. */
export function compareKept(day: string, counted: Sums, kept: Sums, today: string): Difference[] {
  return differingSubjects(counted, kept).flatMap((subject) => {
    if (isOver(bucketOf(subject), today)) return []
    const [found, expected] = [counted.get(subject) ?? nothing, kept.get(subject) ?? nothing]
    // A coupon that was given more time since is not expired any more.
    if (subject.startsWith('total expired ') && found.amount < expected.amount) return []
    const words = `the rows of ${day}, which was closed, have changed since they were added up: ${subject}`
    const changed = { subject: `${day} ${subject}`, expected: expected.amount, found: found.amount, words }
    return [differ({ check: 'closed_day', ...changed })]
  })
}

const counterPrefix = 'counter '

const bucketOf = (subject: string): string =>
  subject.startsWith(counterPrefix) ? subject.slice(counterPrefix.length) : ''

/** What stands for counters in a bucket that does not add up, until they are looked at singly. */
export const bucketCheck = 'counters'

/** The buckets of a range that are not what was taken from their counters, less what was given back. */
export function compareBuckets(sums: Sums, counters: Sums, range: KeyRange, today: string): Difference[] {
  const isMeant = (subject: string): boolean =>
    isBucketIn(range, bucketOf(subject)) && !isOver(bucketOf(subject), today)
  return differingSubjects(sums, counters)
    .filter(isMeant)
    .map((subject) => {
      const bucket = bucketOf(subject)
      const [expected, found] = [sums.get(subject) ?? nothing, counters.get(subject) ?? nothing]
      const words = `the counters that begin with ${bucket} are not what was taken from them, less what was given back, and none of them can be named: a closed day may have been added up wrongly`
      return differ({ check: bucketCheck, subject: bucket, expected: expected.amount, found: found.amount, words })
    })
}

/** The single counters of some buckets against what was taken from them, less what was given back. */
export function compareSingly(
  uses: ReadonlyMap<string, UseRow>,
  counters: readonly UseRow[],
  buckets: readonly string[],
) {
  const counterOf = new Map(counters.map((counter) => [counter.key, counter]))
  const all = new Map([...uses, ...counterOf])
  return [...all.values()].flatMap(({ key, bucket }) => {
    const [expected, found] = [uses.get(key)?.amount ?? 0, counterOf.get(key)?.amount ?? 0]
    if (expected === found || !buckets.includes(bucket)) return []
    const check = key.startsWith('limit:') ? 'limit' : 'holder_limit'
    const who =
      check === 'limit'
        ? `of rule ${key.split(':')[1]} is not what coupons and redemptions`
        : 'is not what the holder’s coupons'
    const words = `counter ${key} ${who} took from it, less what was given back`
    return [{ bucket, difference: differ({ check, subject: key, expected, found, words }) }]
  })
}
