import { readOrdersOfSlice, readRedemptionsOfSlice, readRefusalsOfSlice } from '../../db/recorded.ts'
import { inPicture, type Slice } from '../../db/proof/picture.ts'
import type { Core } from '../core.ts'
import { endOfDay } from '../../time/shanghai.ts'
import { lanes } from '../numbers/numbers.ts'
import { readDecisions, recordedOrder, recordedRedemption, recordedRefusal } from './recorded.ts'
import { replay, startReplay, type Flips, type Recorded, type Rule } from '../rules/index.ts'
import type { Setup } from '../set-up/snapshot.ts'
import { sliceOf } from '../verify/slices.ts'

type BacktestOptions = {
  rules: Rule[]
  since: Date
  until: Date
  /** What counters have in use at `since`; empty where absent. */
  used?: ReadonlyMap<string, number>
  signal: AbortSignal
  /** Hears how many more milliseconds of the time have been decided anew. */
  onProgress: (milliseconds: number) => void
}

/** `replaced` are the rules of the hub in whose place the given ones were tried. */
export type Backtest = { channels: Map<string, Flips>; replaced: Rule[] }

const rowsPerStatement = 2_000

/**
 * Runs rules over what was recorded, in the order of time and among the rules of the hub, and says by channel what would
 * have been otherwise. Nothing is counted or kept. Reads stretch by stretch, each as long as its rows are few, so that
 * neither a transaction nor the memory grows with the time or the traffic.
 */
export async function backtest(core: Core, options: BacktestOptions): Promise<Backtest> {
  const { until, signal, onProgress } = options
  const setup = await core.setup.refresh()
  const state = startReplay(options.rules, setup.rules, options.used)
  await core.refusals.flush()
  let milliseconds = Infinity
  for (let from = options.since; from < until;) {
    signal.throwIfAborted()
    const end = new Date(Math.min(from.getTime() + milliseconds, endOfDay(from).getTime(), until.getTime()))
    const length = end.getTime() - from.getTime()
    // An instant cannot be read in parts, and has a few batches at most.
    const recorded = await readStretch(core, setup, sliceOf(from, end), length > 1 ? rowsPerStatement : null)
    if (recorded === undefined) {
      milliseconds = Math.ceil(length / 4)
      continue
    }
    for (const one of recorded) replay(state, one)
    onProgress(length)
    from = end
    if (2 * recorded.length < rowsPerStatement) milliseconds *= 2
  }
  return { channels: state.channels, replaced: state.rules.replaced }
}

/** What was decided in a stretch, in the order of time; undefined where it is more than one reading may find. */
async function readStretch({ hub }: Core, setup: Setup, slice: Slice, limit: number | null) {
  return inPicture(hub.database, async (tx) => {
    const [orders, redemptions, refusals] = await Promise.all([
      readOrdersOfSlice(tx, lanes, slice, limit),
      readRedemptionsOfSlice(tx, lanes, slice, limit),
      readRefusalsOfSlice(tx, slice, limit),
    ])
    if ([orders, redemptions, refusals].some((rows) => rows.length === limit)) return undefined
    const decisionOf = await readDecisions(tx, [...orders, ...redemptions])
    const recorded = [
      ...orders.map((order) => recordedOrder(order, decisionOf.get(order.no))),
      ...redemptions.map((row) => recordedRedemption(setup, row, decisionOf.get(row.no))),
      ...refusals.map((row) => recordedRefusal(setup, row)),
    ]
    return recorded.toSorted(compareRecorded)
  })
}

// At one instant what was accepted comes first: what was refused had even less room before it than behind it.
const compareRecorded = (a: Recorded, b: Recorded): number =>
  a.at.getTime() - b.at.getTime() || Number(a.outcome.kind === 'refused') - Number(b.outcome.kind === 'refused')
