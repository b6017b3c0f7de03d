import { readStockCounters } from '../../db/counters.ts'
import { readDailyTotals } from '../../db/daily-totals.ts'
import { readBalanceCounters } from '../../db/proof/ledger.ts'
import { readHighestPoolNumbers } from '../../db/proof/pages.ts'
import { findCounterBehind, readCounterSums, readOpenUseSums, type BucketRow } from '../../db/proof/uses.ts'
import type { SumRow } from '../../db/proof/sums.ts'
import type { Tx } from '../../db/client/client.ts'
import { dayOf, startOfDay } from '../../time/shanghai.ts'
import type { CodeSource } from '../set-up/snapshot.ts'
import { compareBalances } from './balances.ts'
import { allBuckets, cutBefore, type KeyRange, addSums, runningSums, sumOf, sumRowsOf, type Sums } from './buckets.ts'
import { compareBuckets, compareRevived, compareSources, compareStock, compareTotals } from './compare.ts'
import type { Difference } from './difference.ts'
import { inOpenPages, inPages, countSlice, readLiveSums, type Reader } from './reader.ts'
import { countRevivals } from './closed.ts'
import { endOfTime, settledAt, slicesBetween, slicesSince } from './slices.ts'

/** The closed days, added up. */
export type ClosedPart = { sums: Sums; revived: number }

// The open days, up to an instant behind which everything that was decided before it is committed or gone.
type Ledger = { closed: ClosedPart; days: Map<string, Sums>; cut: Date }

/**
 * Counters and totals against all rows, while the hub goes on. Rows up to half a minute ago are added up at leisure; the
 * rest is read in one picture with some of the counters, so that the two belong to the same instant.
 */
export async function compareOpen(reader: Reader, closed: ClosedPart, firstOpenDay: string): Promise<Difference[]> {
  const sources = [...(await reader.core.setup.refresh()).codeSources.values()]
  const start = startOfDay(firstOpenDay)
  const ledger: Ledger = { closed, days: new Map(), cut: start }
  const differences: Difference[] = []
  const { revived, ...first } = await picture(reader, ledger, (tx, days, sums) => compareRest(tx, days, sums, sources))
  differences.push(...first.differences, ...(await proveRevived(reader, closed, revived, start)))
  for (const all of allBuckets) differences.push(...(await proveBuckets(reader, ledger, all)))
  return differences
}

const countersPerPicture = 50_000

/** Counters that come in buckets, so many at a time as one picture can add up. */
async function proveBuckets(reader: Reader, ledger: Ledger, { from, until: end }: KeyRange): Promise<Difference[]> {
  const differences: Difference[] = []
  for (let begin = from; begin < end;) {
    const first = begin
    const behind = await reader.read((tx) => findCounterBehind(tx, first, end, countersPerPicture))
    const range = { from: first, until: behind === undefined ? end : cutBefore(behind.bucket, first) }
    differences.push(...(await picture(reader, ledger, (tx, _, sums) => compareRange(tx, reader, sums, range))))
    begin = range.until
  }
  return differences
}

async function proveRevived(reader: Reader, closed: ClosedPart, revived: number, from: Date): Promise<Difference[]> {
  const all = closed.revived + revived
  if (all === 0) return []
  const before = closed.sums.get('revivals')?.amount ?? 0
  return compareRevived(all, before + (await countRevivals(reader, { from, until: endOfTime })))
}

/** Adds up what there is, and looks at something in the same picture. */
async function picture<T>(
  reader: Reader,
  ledger: Ledger,
  compare: (tx: Tx, days: Map<string, Sums>, sums: Sums) => Promise<T>,
): Promise<T> {
  await addUpSettled(reader, ledger)
  const groups = await reader.groupsOf(dayOf(ledger.cut))
  return reader.read(async (tx) => {
    const days = await readTail(tx, reader, ledger, groups)
    const sums = allOf(ledger.closed.sums, days)
    return compare(tx, days, sums)
  })
}

async function addUpSettled(reader: Reader, ledger: Ledger): Promise<void> {
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

// What came behind the cut, added to a copy of what came before.
async function readTail(tx: Tx, { core, today }: Reader, { days, cut }: Ledger, groups: number[][]) {
  const whole = new Map([...days].map(([day, sums]) => [day, sumOf(sumRowsOf(sums))]))
  for (const slice of slicesSince(cut, core.hub.now())) {
    const sums = dayOfLedger(whole, slice.day)
    for (const lanes of groups) addSums(sums, await readLiveSums(tx, lanes, slice, today))
  }
  return whole
}

function allOf(closed: Sums, days: Map<string, Sums>): Sums {
  const sums = sumOf(sumRowsOf(closed))
  for (const day of days.values()) addSums(sums, runningSums(day))
  return sums
}

const counterSums = (rows: readonly BucketRow[]): SumRow[] =>
  rows.map(({ bucket, ...sum }) => ({ subject: `counter ${bucket}`, ...sum }))

const readPending = async (tx: Tx): Promise<SumRow[]> =>
  counterSums(await inOpenPages(tx, (page) => readOpenUseSums(tx, page)))

async function compareRange(tx: Tx, { core }: Reader, sums: Sums, range: KeyRange): Promise<Difference[]> {
  const behind = async (key: string, amount: number) => (await findCounterBehind(tx, key, range.until, amount))?.key
  const counters = await inPages(range.from, behind, (from, until) => readCounterSums(tx, from, until ?? range.until))
  addSums(sums, await readPending(tx))
  return compareBuckets(sums, sumOf(counterSums(counters)), range, dayOf(core.hub.now()))
}

async function compareRest(tx: Tx, days: Map<string, Sums>, sums: Sums, sources: CodeSource[]) {
  const openDays = [...days.keys()].toSorted()
  const pools = sources.filter(({ space }) => space === undefined).map(({ id }) => id)
  const [counters, totals, highest, pending, balances] = await Promise.all([
    readStockCounters(tx),
    readDailyTotals(tx, openDays[0]!, openDays.at(-1)!),
    readHighestPoolNumbers(tx, pools),
    readPending(tx),
    readBalanceCounters(tx),
  ])
  addSums(sums, pending)
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
