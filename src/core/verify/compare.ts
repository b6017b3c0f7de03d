import type { CounterRow } from '../../db/counters.ts'
import { totalNames, type DailyTotalRow } from '../../db/daily-totals.ts'
import type { SumRow } from '../../db/proof-sums.ts'
import type { CodeSource } from '../set-up/snapshot.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import type { Difference } from './difference.ts'
import { differingSubjects, nothing, sumOf, type Sums } from './sums.ts'

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

/**
 * The counters of rules, those of one rule and period together, against what coupons and redemptions took from them, less
 * what was given back. Periods that are over are forgotten, and not looked at.
 */
export function compareLimits(sums: Sums, counters: Sums, today: string): Difference[] {
  const isLimit = (subject: string): boolean => subject.startsWith('counter limit:') && !isOver(subject, today)
  const counted = new Map([...sums].filter(([subject]) => isLimit(subject)))
  const found = new Map([...counters].filter(([subject]) => isLimit(subject)))
  return differingSubjects(counted, found).map((subject) => {
    const bucket = subject.slice('counter '.length)
    const [expected, actual] = [counted.get(subject) ?? nothing, found.get(subject) ?? nothing]
    const words = `the counters of ${bucket} are not what coupons and redemptions took from them, less what was given back`
    return differ({ check: 'limit', subject: bucket, expected: expected.amount, found: actual.amount, words })
  })
}

const dayMilliseconds = 24 * 3_600_000

// `counter limit:<rule>:<way>:<label>`: D, W, M or Y and its first day, or T for all time.
function isOver(subject: string, today: string): boolean {
  const label = subject.split(':')[3] ?? ''
  const [kind, start] = [label[0], label.slice(1)]
  if (kind === 'W') {
    const day = `${start.slice(0, 4)}-${start.slice(4, 6)}-${start.slice(6, 8)}`
    return Date.parse(day) + 6 * dayMilliseconds < Date.parse(today)
  }
  return kind === 'T' ? false : start < today.replaceAll('-', '').slice(0, start.length)
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

/** Sums that were kept for a closed day against the same day counted again. */
export function compareKept(day: string, counted: Sums, kept: Sums): Difference[] {
  return differingSubjects(counted, kept).flatMap((subject) => {
    const [found, expected] = [counted.get(subject) ?? nothing, kept.get(subject) ?? nothing]
    // A coupon that was given more time since is not expired any more.
    if (subject.startsWith('total expired ') && found.amount < expected.amount) return []
    const words = `the rows of ${day}, which was closed, have changed since they were added up: ${subject}. Once that is explained, delete the day from proof_days to have it summed anew`
    return [
      differ({
        check: 'closed_day',
        subject: `${day} ${subject}`,
        expected: expected.amount,
        found: found.amount,
        words,
      }),
    ]
  })
}

export const compareBuckets = (sums: Sums, counters: Sums, isMeant: (bucket: string) => boolean): string[] => {
  const counted = new Map([...sums].filter(([subject]) => isHolders(subject)))
  return differingSubjects(counted, counters)
    .map((subject) => subject.slice('counter '.length))
    .filter(isMeant)
}

const isHolders = (subject: string): boolean => subject.startsWith('counter holder:')

/** Single counters of holders against what coupons took from them, less what was given back. */
export function compareHolders(uses: ReadonlyMap<string, number>, counters: ReadonlyMap<string, number>): Difference[] {
  return [...new Set([...uses.keys(), ...counters.keys()])].flatMap((key) => {
    const [expected, found] = [uses.get(key) ?? 0, counters.get(key) ?? 0]
    if (expected === found) return []
    const words = `counter ${key} is not what the holder's coupons took from it, less what voided ones gave back`
    return [differ({ check: 'holder_limit', subject: key, expected, found, words })]
  })
}
