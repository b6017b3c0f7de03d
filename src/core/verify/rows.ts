import { notificationKinds } from '../../db/notifications.ts'
import { type Slice, mostOddRows, type Limits, type OddRow } from '../../db/proof/picture.ts'
import { protocolKeyOf } from '../notify/callback.ts'
import { laneIndexOf } from '../numbers/numbers.ts'
import { rowChecks } from './checks/index.ts'
import { confirm, type Difference } from './difference.ts'
import type { Reader } from './reader.ts'

const dayMilliseconds = 24 * 3_600_000

/** Looks at each row of a slice: whether what belongs to it is there. Names what is odd three times. */
export async function checkRows(reader: Reader, slice: Slice, groups: readonly number[][]): Promise<Difference[]> {
  const differences: Difference[] = []
  for (const lanes of groups) {
    const read = (): Promise<Difference[]> => readOdd(reader, slice, lanes)
    differences.push(...(await confirm(read, reader.pauseMilliseconds, reader.options.signal)))
    reader.advance(lanes.length)
  }
  return differences
}

async function readOdd(reader: Reader, slice: Slice, lanes: number[]): Promise<Difference[]> {
  const numbered = { lanes, indexes: lanes.map(laneIndexOf) }
  const limits = limitsOf(reader)
  const differences: Difference[] = []
  for (const check of rowChecks) {
    const odd = await reader.read((tx) => check.read(tx, numbered, slice, limits))
    differences.push(...odd.map((row) => describe(check, row)))
    if (odd.length === mostOddRows) differences.push(more(check.name, slice, numbered.indexes[0]!))
  }
  return differences
}

// One statement names so many: the rest is named when these are mended.
function more(check: string, { day }: Slice, firstIndex: number): Difference {
  const words = `there are more such differences on ${day}: set these right, and run the proof again`
  const subject = `more on ${day}, from lane index ${firstIndex} on`
  return { check, subject, expected: 'none', found: `${mostOddRows} or more`, words }
}

function limitsOf({ core: { hub }, now, options: { attemptsOf = new Map<string, number>() } }: Reader): Limits {
  // A day less than they are kept: what is pruned while this runs must not be missed.
  const keptDays = hub.config.deliveriesKeptDays - 1
  const schedules = notificationKinds.flatMap((kind) =>
    [...attemptsOf.keys()].flatMap((face) => {
      const most = attemptsOf.get(protocolKeyOf({ kind, face }))
      return most === undefined ? [] : [{ kind, face, most }]
    }),
  )
  return { deliveriesSince: new Date(now.getTime() - keptDays * dayMilliseconds), schedules }
}

/** A row that a check has found, as a difference. */
export function describe(
  { name, say }: { name: string; say: (subject: string) => string },
  { subject, expected, found }: OddRow,
): Difference {
  return { check: name, subject, expected, found, words: `${say(subject)} (expected ${expected}, found ${found})` }
}
