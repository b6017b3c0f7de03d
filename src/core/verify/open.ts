import { readStockCounters } from '../../db/counters.ts'
import { readDailyTotals } from '../../db/daily-totals.ts'
import { readBalanceCounters } from '../../db/proof-ledger.ts'
import { readHighestPoolNumbers } from '../../db/proof-pages.ts'
import { countRevivals, readCounterSums, readPendingUses, readSums } from '../../db/proof-sums.ts'
import type { Tx } from '../../db/client.ts'
import { dayOf, startOfDay } from '../days.ts'
import { lanes } from '../lanes.ts'
import type { CodeSource } from '../set-up/snapshot.ts'
import { compareBalances } from './balances.ts'
import {
  compareBuckets,
  compareLimits,
  compareRevived,
  compareSources,
  compareStock,
  compareTotals,
} from './compare.ts'
import type { Difference } from './difference.ts'
import { bucketDifference, findRanges, isBucketIn, type KeyRange } from './holders.ts'
import { countSlice, type Reader } from './reader.ts'
import { settledAt, slicesBetween, slicesSince } from './slices.ts'
import { addSums, runningSums, sumOf, sumRowsOf, type Sums } from './sums.ts'

/** The closed days, added up. */
export type ClosedPart = { sums: Sums; revived: number }

// The open days, up to an instant behind which everything that was decided before it is committed or gone.
type Ledger = { closed: ClosedPart; days: Map<string, Sums>; cut: Date }

/**
 * Counters and totals against all rows, while the hub goes on. Rows up to half a minute ago are added up at leisure; the
 * rest is read in one picture with the counters, so that the two belong to the same instant.
 */
export async function compareOpen(reader: Reader, closed: ClosedPart, firstOpenDay: string): Promise<Difference[]> {
  const { core } = reader
  const sources = [...(await core.setup.refresh()).codeSources.values()]
  const ledger: Ledger = { closed, days: new Map(), cut: startOfDay(firstOpenDay) }
  const differences: Difference[] = []
  const [first, ...others] = await reader.read(findRanges)
  await settle(reader, ledger)
  const { revived, ...rest } = await comparePicture(reader, ledger, first!, sources)
  differences.push(...rest.differences, ...(await proveRevived(reader, closed.revived + revived)))
  for (const range of others) {
    await settle(reader, ledger)
    differences.push(...(await comparePicture(reader, ledger, range, undefined)).differences)
  }
  return differences
}

const proveRevived = async (reader: Reader, revived: number): Promise<Difference[]> =>
  revived === 0 ? [] : compareRevived(revived, await reader.read(countRevivals))

async function settle(reader: Reader, ledger: Ledger): Promise<void> {
  const until = settledAt(reader.core.hub.now())
  for (const slice of slicesBetween(ledger.cut, until)) {
    await countSlice(reader, slice, await reader.groupsOf(slice.day), dayOfLedger(ledger.days, slice.day))
  }
  if (until > ledger.cut) ledger.cut = until
}

function dayOfLedger(days: Map<string, Sums>, day: string): Sums {
  const sums = days.get(day) ?? new Map()
  days.set(day, sums)
  return sums
}

async function comparePicture(reader: Reader, ledger: Ledger, range: KeyRange, sources: CodeSource[] | undefined) {
  const now = reader.core.hub.now()
  return reader.read(async (tx) => {
    const [days, holders, pending] = await Promise.all([
      readTail(tx, reader, ledger, now),
      readCounterSums(tx, range.from, range.until, now),
      readPendingUses(tx, dayOf(now)),
    ])
    const sums = allOf(ledger.closed.sums, days)
    addSums(sums, pending)
    const isMeant = (bucket: string): boolean => isBucketIn(range, bucket, dayOf(now))
    const buckets = compareBuckets(sums, sumOf(holders), isMeant).map(bucketDifference)
    if (sources === undefined) return { differences: buckets, revived: 0 }
    const limits = compareLimits(sums, sumOf(await readCounterSums(tx, 'limit:', 'limit;', now)), dayOf(now))
    const { differences, revived } = await compareRest(tx, days, sums, sources)
    return { differences: [...buckets, ...limits, ...differences], revived }
  })
}

// What came behind the cut, added to a copy of what came before.
async function readTail(tx: Tx, { today }: Reader, { days, cut }: Ledger, now: Date): Promise<Map<string, Sums>> {
  const whole = new Map([...days].map(([day, sums]) => [day, sumOf(sumRowsOf(sums))]))
  const slices = slicesSince(cut, now)
  const tails = await Promise.all(slices.map((slice) => readSums(tx, lanes, slice, today)))
  tails.forEach((tail, i) => addSums(dayOfLedger(whole, slices[i]!.day), tail))
  return whole
}

function allOf(closed: Sums, days: Map<string, Sums>): Sums {
  const sums = sumOf(sumRowsOf(closed))
  for (const day of days.values()) addSums(sums, runningSums(day))
  return sums
}

async function compareRest(tx: Tx, days: Map<string, Sums>, sums: Sums, sources: CodeSource[]) {
  const openDays = [...days.keys()].toSorted()
  const pools = sources.filter(({ space }) => space === undefined).map(({ id }) => id)
  const [balances, counters, totals, highest] = await Promise.all([
    readBalanceCounters(tx),
    readStockCounters(tx),
    readDailyTotals(tx, openDays[0]!, openDays.at(-1)!),
    readHighestPoolNumbers(tx, pools),
  ])
  const numbers = new Map(highest.map(({ sourceId, number }) => [sourceId, number]))
  const compared = openDays.map((day) => compareTotals(day, days.get(day)!, totals))
  const differences = [
    ...compared.flatMap((day) => day.differences),
    ...compareStock(sums, counters),
    ...compareBalances(sums, balances),
    ...compareSources(sums, counters, sources, numbers),
  ]
  return { differences, revived: compared.reduce((sum, day) => sum + day.revived, 0) }
}
