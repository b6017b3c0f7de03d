import { findCounterBehind, readCountersOf, readOpenUses, readUses, type UseRow } from '../../db/proof/uses.ts'
import type { Tx } from '../../db/client/client.ts'
import { dayOf, startOfDay } from '../../time/shanghai.ts'
import { isOver, keysOf, periodOf } from './buckets.ts'
import { bucketCheck, compareSingly } from './compare.ts'
import { confirm, type Difference } from './difference.ts'
import { inOpenPages, inPages, type Reader } from './reader.ts'
import { settledAt, slicesBetween, slicesSince } from './slices.ts'

/** Puts the single counters in the place of the buckets that do not add up, where they can be found. */
export async function nameCounters(reader: Reader, differences: Difference[], firstDay: string): Promise<Difference[]> {
  const buckets = differences.filter(({ check }) => check === bucketCheck).map(({ subject }) => subject)
  if (buckets.length === 0) return differences
  let bucketsNamed = new Set<string>()
  const read = async (): Promise<Difference[]> => {
    const wrong = await readSingly(reader, buckets, firstDay)
    bucketsNamed = new Set(wrong.map(({ bucket }) => bucket))
    return wrong.map(({ difference }) => difference)
  }
  const found = await confirm(read, reader.pauseMilliseconds, reader.options.signal)
  const isNamed = ({ check, subject }: Difference): boolean => check === bucketCheck && bucketsNamed.has(subject)
  return [...differences.filter((difference) => !isNamed(difference)), ...found]
}

async function readSingly(reader: Reader, buckets: string[], firstDay: string) {
  const { core } = reader
  const start = startOfDay(firstOf(buckets, firstDay))
  const settled = settledAt(core.hub.now())
  const cut = settled > start ? settled : start
  const uses = new Map<string, UseRow>()
  for (const slice of slicesBetween(start, cut)) {
    for (const group of await reader.groupsOf(slice.day)) {
      add(uses, await reader.read((tx) => readUses(tx, group, slice, buckets)))
    }
  }
  const now = core.hub.now()
  const groups = await reader.groupsOf(dayOf(cut))
  const meant = buckets.filter((bucket) => !isOver(bucket, dayOf(now)))
  return reader.read(async (tx) => {
    for (const slice of slicesSince(cut, now)) {
      for (const group of groups) add(uses, await readUses(tx, group, slice, buckets))
    }
    add(uses, await inOpenPages(tx, (page) => readOpenUses(tx, page, buckets)))
    return compareSingly(uses, await readCounters(tx, meant), meant)
  })
}

async function readCounters(tx: Tx, buckets: readonly string[]): Promise<UseRow[]> {
  const found: UseRow[] = []
  for (const bucket of buckets) {
    const { from, until } = keysOf(bucket)
    const behind = async (key: string, amount: number) => (await findCounterBehind(tx, key, until, amount))?.key
    found.push(...(await inPages(from, behind, (begin, end) => readCountersOf(tx, begin, end ?? until, [bucket]))))
  }
  return found
}

// What counts within a period was taken in it.
function firstOf(buckets: string[], firstDay: string): string {
  const days = buckets.map((bucket) => periodOf(bucket)?.first ?? firstDay).toSorted()
  return days[0] === undefined || days[0] < firstDay ? firstDay : days[0]
}

function add(uses: Map<string, UseRow>, rows: Iterable<UseRow>): void {
  for (const { key, bucket, amount } of rows) {
    uses.set(key, { key, bucket, amount: (uses.get(key)?.amount ?? 0) + amount })
  }
}
