import { readDailyTotals } from '../../db/daily-totals.ts'
import { readRevivals, type ActPlace, keepSums, readKeptSums } from '../../db/proof/sums.ts'
import { countRevivedByUse } from '../../db/proof/redemptions.ts'
import { compareKept, compareTotals } from './compare.ts'
import { confirm, type Difference } from './difference.ts'
import { rowsPerPage, type Reader, countSlice } from './reader.ts'
import { checkRows } from './rows.ts'
import { sliceOfDay } from './slices.ts'
import { addSums, sumOf, sumRowsOf, type Sums } from './buckets.ts'

/**
 * How often a coupon that was over was given more time, or turned out to be used, from one instant to another: so often may more coupons have expired
 * than are expired now.
 */
export async function countRevivals(reader: Reader, { from, until }: { from: Date; until: Date }): Promise<number> {
  let count = await reader.read((tx) => countRevivedByUse(tx, from, until))
  for (let place: ActPlace | undefined = { at: from, id: '' }; place !== undefined;) {
    const begin: ActPlace = place
    const page = await reader.read((tx) => readRevivals(tx, begin, until, rowsPerPage))
    count += page.revivals
    place = page.last
  }
  return count
}

/** What a closed day adds up to, and what is wrong with it. */
type ClosedDay = { sums: Sums; differences: Difference[]; revived: number }

/** A closed day that was added up before: its rows are not read again. */
export async function proveKeptDay(reader: Reader, day: string): Promise<ClosedDay> {
  const sums = sumOf(await reader.read((tx) => readKeptSums(tx, day)))
  return proveTotals(reader, day, sums)
}

/** A closed day, row by row. What it adds up to is kept, or compared with what was kept. */
export async function proveClosedDay(reader: Reader, day: string, isKept: boolean): Promise<ClosedDay> {
  const slice = sliceOfDay(day)
  const groups = await reader.groupsOf(day)
  const odd = await checkRows(reader, slice, groups)
  const sums = await countDay(reader, day, groups)
  const proven = await proveTotals(reader, day, sums)
  const changed = isKept ? await proveUnchanged(reader, day, groups) : []
  if (!isKept) await keep(reader, day, sums)
  return { ...proven, differences: [...odd, ...proven.differences, ...changed] }
}

async function countDay(reader: Reader, day: string, groups: readonly number[][]): Promise<Sums> {
  const sums: Sums = new Map()
  const slice = sliceOfDay(day)
  await countSlice(reader, slice, groups, sums)
  const revivals = await countRevivals(reader, slice)
  if (revivals > 0) addSums(sums, [{ subject: 'revivals', amount: revivals, weight: 0 }])
  return sums
}

async function proveTotals(reader: Reader, day: string, sums: Sums): Promise<ClosedDay> {
  let revived = 0
  const read = async (): Promise<Difference[]> => {
    const compared = compareTotals(day, sums, await reader.read((tx) => readDailyTotals(tx, day, day)))
    revived = compared.revived
    return compared.differences
  }
  const differences = await confirm(read, reader.pauseMilliseconds, reader.options.signal)
  return { sums, differences, revived }
}

const proveUnchanged = (reader: Reader, day: string, groups: readonly number[][]): Promise<Difference[]> =>
  confirm(
    async () => {
      const kept = sumOf(await reader.read((tx) => readKeptSums(tx, day)))
      return compareKept(day, await countDay(reader, day, groups), kept, reader.today)
    },
    reader.pauseMilliseconds,
    reader.options.signal,
  )

// Limits of single days are over by then, and take no room.
async function keep({ core: { hub }, now, setupVersion }: Reader, day: string, sums: Sums): Promise<void> {
  await hub.database.transaction((tx) => keepSums(tx, day, sumRowsOf(sums), now, setupVersion))
}
