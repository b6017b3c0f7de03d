import { findFirstDay, readKeptDays } from '../../db/proof/sums.ts'
import type { Core } from '../core.ts'
import { dayOf } from '../../time/shanghai.ts'
import { lanes } from '../numbers/numbers.ts'
import { toDoOf } from './checks/index.ts'
import { proveClosedDay, proveKeptDay } from './closed.ts'
import { nameCounters } from './naming.ts'
import { confirm, nameOf, type Difference } from './difference.ts'
import { checkPages } from './tables.ts'
import { compareOpen, type ClosedPart } from './open.ts'
import { createReader, withProgress, type Reader, type VerifyOptions } from './reader.ts'
import { checkRows } from './rows.ts'
import { daysBetween, endOfTime, isClosed, sliceOf, sliceOfDay } from './slices.ts'
import { addSums, runningSums } from './buckets.ts'

export type { Difference } from './difference.ts'
export type { Progress, VerifyOptions } from './reader.ts'

export type VerifyReport = {
  /** Those of one check stand together. */
  differences: Difference[]
  /** What to do about them, by the name of the check. */
  toDo: Record<string, string>
  /** Days there are, days whose rows were read, and how many short reads that took. */
  checked: { days: number; daysRead: number; readings: number }
}

type Plan = { firstDay: string; days: string[]; closed: string[]; open: string[]; kept: ReadonlySet<string> }

/**
 * Proves that everything adds up, while the hub goes on: in short reads, none of which blocks anybody. Names what does
 * not; what is passing (because rows change between two reads) is looked at three times and left out.
 * Closed days are read once and then kept as sums, unless the proof is to be full.
 */
export async function verifyHub(core: Core, options: VerifyOptions = {}): Promise<VerifyReport> {
  const plain = await createReader(core, options)
  const plan = await planDays(plain)
  const isRead = (day: string): boolean => options.isFull === true || !plan.kept.has(day)
  const daysRead = plan.closed.filter(isRead).length + plan.open.length
  const reader = withProgress(plain, daysRead)
  const { part, differences } = await proveClosed(reader, plan, isRead)
  for (const day of plan.open) differences.push(...(await proveOpenRows(reader, day)))
  options.onPart?.('counters')
  differences.push(...(await proveOpen(reader, part, plan)))
  options.onPart?.('tables')
  differences.push(...(await checkPages(reader)))
  const named = once(differences)
  const toDo = Object.fromEntries(named.map(({ check }) => [check, toDoOf.get(check) ?? '']))
  return { differences: named, toDo, checked: { days: plan.days.length, daysRead, readings: reader.readings() } }
}

// What is open is looked at both in its day and in its table.
const once = (differences: readonly Difference[]): Difference[] => [
  ...new Map(
    differences.toSorted(byCheck).map((difference): [string, Difference] => [nameOf(difference), difference]),
  ).values(),
]

const byCheck = (a: Difference, b: Difference): number => (a.check < b.check ? -1 : Number(a.check > b.check))

async function planDays({ now, read }: Reader): Promise<Plan> {
  const today = dayOf(now)
  const [found, kept] = await read((tx) => Promise.all([findFirstDay(tx, lanes), readKeptDays(tx)]))
  const firstDay = [found ?? today, kept[0] ?? today, today].toSorted()[0]!
  const days = daysBetween(firstDay, today)
  const closed = days.filter((day) => isClosed(day, now))
  return { firstDay, days, closed, open: days.slice(closed.length), kept: new Set(kept) }
}

async function proveClosed(reader: Reader, plan: Plan, isRead: (day: string) => boolean) {
  const part: ClosedPart = { sums: new Map(), revived: 0 }
  const differences: Difference[] = []
  for (const day of plan.closed) {
    const proven = isRead(day) ? await proveClosedDay(reader, day, plan.kept.has(day)) : await proveKeptDay(reader, day)
    addSums(part.sums, runningSums(proven.sums))
    part.revived += proven.revived
    differences.push(...proven.differences)
  }
  return { part, differences }
}

async function proveOpenRows(reader: Reader, day: string): Promise<Difference[]> {
  const slice = sliceOfDay(day)
  const isToday = day === reader.today
  return checkRows(reader, isToday ? sliceOf(slice.from, endOfTime) : slice, await reader.groupsOf(day))
}

async function proveOpen(reader: Reader, part: ClosedPart, { firstDay, open }: Plan): Promise<Difference[]> {
  const read = (): Promise<Difference[]> => compareOpen(reader, part, open[0]!)
  const differences = await confirm(read, reader.pauseMilliseconds, reader.options.signal)
  return nameCounters(reader, differences, firstDay)
}
