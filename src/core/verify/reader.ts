import type { Tx } from '../../db/client/client.ts'
import { readDailyTotals } from '../../db/daily-totals.ts'
import { inPicture, type Slice } from '../../db/proof/picture.ts'
import { readSums, type SumRow } from '../../db/proof/sums.ts'
import { findOpenBehind, firstOpenPlace, type OpenPage, type OpenPlace } from '../../db/proof/uses.ts'
import { dayOf } from '../../time/shanghai.ts'
import type { Core } from '../core.ts'
import { laneCount } from '../numbers/numbers.ts'
import { isOver, addSums, type Sums } from './buckets.ts'
import { laneGroups } from './slices.ts'

// No statement reads more than a page. Those of one picture follow each other in one transaction.

export const rowsPerPage = 10_000

/** Reads page by page: each from one place (included) to the next (excluded), the last one without an end. */
export async function inPages<Place, Row>(
  from: Place,
  findBehind: (place: Place, amount: number) => Promise<Place | undefined>,
  read: (from: Place, until: Place | undefined) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = []
  for (let begin: Place | undefined = from; begin !== undefined;) {
    const end: Place | undefined = await findBehind(begin, rowsPerPage)
    rows.push(...(await read(begin, end)))
    begin = end
  }
  return rows
}

/** Reads something of the supplier requests that are open, page by page. */
export const inOpenPages = <Row>(tx: Tx, read: (page: OpenPage) => Promise<Row[]>): Promise<Row[]> =>
  inPages<OpenPlace, Row>(
    firstOpenPlace,
    (place, amount) => findOpenBehind(tx, place, amount),
    (from, until) => read({ from, until }),
  )

/** How far a proof has come, in lanes of days. */
export type Progress = { done: number; total: number }

export type VerifyOptions = {
  /** Counts closed days again instead of trusting what was kept, and looks at every till number and imported code. */
  isFull?: boolean
  onProgress?: (progress: Progress) => void
  /** Is told what comes when all days are read, and how long it takes cannot be known. */
  onPart?: (part: 'counters' | 'tables') => void
  /** Between two looks at what differs. */
  pauseMilliseconds?: number
  /** How many attempts the schedule of a protocol has (see `protocolKeyOf`); absent: attempts are not counted. */
  attemptsOf?: ReadonlyMap<string, number>
  signal?: AbortSignal
}

/** What the parts of one proof share. */
export type Reader = {
  core: Core
  options: VerifyOptions
  pauseMilliseconds: number
  now: Date
  /** That of the set-up before anything was read. */
  setupVersion: number
  /** The day of `now`; limits of days before it are not looked at. */
  today: string
  /** Reads one picture, unless the proof was cancelled. */
  read: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
  /** The lanes in groups that suit a day's traffic. */
  groupsOf: (day: string) => Promise<number[][]>
  advance: (lanes: number) => void
  readings: () => number
}

const pauseMillisecondsByDefault = 1_000

export async function createReader(core: Core, options: VerifyOptions): Promise<Reader> {
  const { version: setupVersion } = await core.setup.refresh()
  const now = core.hub.now()
  let readings = 0
  const read = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    options.signal?.throwIfAborted()
    readings += 1
    return inPicture(core.hub.database, work)
  }
  return {
    core,
    options,
    pauseMilliseconds: options.pauseMilliseconds ?? pauseMillisecondsByDefault,
    now,
    setupVersion,
    today: dayOf(now),
    read,
    groupsOf: async (day) => {
      const totals = await read((tx) => readDailyTotals(tx, day, day))
      return laneGroups(totals.reduce((sum, row) => sum + row.issued + row.redeemed, 0))
    },
    advance: () => undefined,
    readings: () => readings,
  }
}

/** The same reader, which tells how far it has come of so many days. */
export function withProgress(reader: Reader, days: number): Reader {
  const { onProgress } = reader.options
  const total = days * laneCount
  let done = 0
  const advance = (lanes: number): void => {
    done += lanes
    onProgress?.({ done, total })
  }
  return { ...reader, advance }
}

/** Adds up a slice, group by group. Counters of periods that are over are left out. */
export async function countSlice(reader: Reader, slice: Slice, groups: readonly number[][], into: Sums): Promise<void> {
  for (const lanes of groups) addSums(into, await reader.read((tx) => readLiveSums(tx, lanes, slice, reader.today)))
}

/** What some lanes of a slice add up to, without counters of periods that are over. */
export async function readLiveSums(tx: Tx, lanes: readonly number[], slice: Slice, today: string): Promise<SumRow[]> {
  const rows = await readSums(tx, lanes, slice)
  return rows.filter(
    ({ subject }) => !subject.startsWith('counter ') || !isOver(subject.slice('counter '.length), today),
  )
}
