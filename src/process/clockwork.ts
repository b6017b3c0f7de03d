import { setTimeout as sleep } from 'node:timers/promises'
import type { Core } from '../core/core.ts'
import { laneCount, laneIndexOf, lanes as allLanes, makeNumber } from '../core/numbers/numbers.ts'
import { deleteEndedCounters } from '../db/counters.ts'
import { findEndedCoupons, type CouponName } from '../db/coupons.ts'
import { deleteEndedTurns } from '../db/leases.ts'
import { emptyOldNonces } from '../db/nonces.ts'
import { readInIndexOrder } from '../db/notification-queue.ts'
import { dropOldRows, ensureMonthlyPartitions } from '../db/client/partitions.ts'
import { beginBatch } from '../db/set-up.ts'

type ClockworkOptions = {
  /** The lanes to sweep for ended coupons; all of them where absent. Two sweeps of one lane do no harm. */
  lanes?: () => Promise<readonly number[]>
}

/** The timed work of a process. Each run can be called by itself, and says what it did. */
export type Clockwork = {
  start: () => void
  /** Waits for the runs under way, which end at their next page. */
  stop: () => Promise<void>
  /** Expires coupons whose validity has ended; says how many. */
  expireCoupons: () => Promise<number>
  refreshSetup: () => Promise<void>
  /** Makes the coming months' partitions; their names. */
  makePartitions: () => Promise<string[]>
  /** Drops the partitions of deliveries that are kept long enough; their names. */
  pruneDeliveries: () => Promise<string[]>
  /** Drops the partitions of decisions that are kept long enough; their names. */
  pruneDecisions: () => Promise<string[]>
  deleteCounters: () => Promise<number>
  emptyNonces: () => Promise<void>
  /** Forgets turns at suppliers that processes left behind which died; says how many. */
  deleteTurns: () => Promise<number>
}

type Job = { name: string; everySeconds: number; run: () => Promise<unknown> }

/** Makes the clockwork of one process. A run that fails is logged, and tried again when it is next due. */
export function createClockwork(core: Core, options: ClockworkOptions = {}): Clockwork {
  const { database, now, log, config } = core.hub
  const stopping = new AbortController()
  const runs = {
    expireCoupons: async () => expireEnded(core, await (options.lanes?.() ?? allLanes), stopping.signal),
    refreshSetup: async () => void (await core.setup.refresh()),
    makePartitions: () => ensureMonthlyPartitions(database, now()),
    pruneDeliveries: () => dropOldRows(database, 'deliveries', now(), config.deliveriesKeptDays),
    pruneDecisions: () => dropOldRows(database, 'decisions', now(), config.decisionsKeptDays),
    deleteCounters: () => deleteCounters(core),
    emptyNonces: () => emptyOldNonces(database.sql, now()),
    deleteTurns: () => deleteEndedTurns(database.sql, now()),
  }
  const jobs: Job[] = [
    { name: 'expire coupons', everySeconds: 1, run: runs.expireCoupons },
    { name: 'refresh set-up', everySeconds: 1, run: runs.refreshSetup },
    { name: 'make partitions', everySeconds: 3_600, run: runs.makePartitions },
    { name: 'prune deliveries', everySeconds: 3_600, run: runs.pruneDeliveries },
    { name: 'prune decisions', everySeconds: 3_600, run: runs.pruneDecisions },
    { name: 'delete ended counters', everySeconds: 60, run: runs.deleteCounters },
    { name: 'delete ended turns', everySeconds: 3_600, run: runs.deleteTurns },
    // A slot of the ring lasts fifteen minutes: twice within each, so that none is missed.
    { name: 'empty old nonces', everySeconds: 420, run: runs.emptyNonces },
  ]
  let running: Promise<unknown> | undefined
  return {
    ...runs,
    start: () => {
      running ??= Promise.all(jobs.map((job) => repeat(job, stopping.signal, log)))
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

async function repeat(job: Job, signal: AbortSignal, log: Core['hub']['log']): Promise<void> {
  while (!signal.aborted) {
    try {
      await job.run()
    } catch (error) {
      log.error({ err: error, job: job.name }, 'a timed run failed; it will be tried again')
    }
    await sleep(job.everySeconds * 1000, undefined, { signal }).catch(() => undefined)
  }
}

const pageSize = 200
const lanesPerStep = laneCount / 16
const runSeconds = 30

async function expireEnded(core: Core, lanes: readonly number[], stopping: AbortSignal): Promise<number> {
  // Mostly nothing has ended since the last second: one look tells.
  if ((await findEnded(core, lanes, 1)).length === 0) return 0
  let expired = 0
  for (let first = 0; first < lanes.length; first += lanesPerStep) {
    expired += await expireLanes(core, lanes.slice(first, first + lanesPerStep), stopping)
  }
  return expired
}

async function expireLanes(core: Core, lanes: readonly number[], stopping: AbortSignal): Promise<number> {
  let expired = 0
  while (!stopping.aborted) {
    const ended = await findEnded(core, lanes, pageSize)
    const changed = (await Promise.all(ended.map((coupon) => expireOne(core, coupon)))).filter(Boolean).length
    expired += changed
    // Where nothing could be changed, the same page would come again and again: the next run tries them anew.
    if (ended.length < pageSize || changed === 0) break
  }
  return expired
}

const findEnded = (core: Core, lanes: readonly number[], limit: number): Promise<CouponName[]> =>
  core.hub.database.transaction(async (tx) => {
    // With its settings the index is used, however young the table's statistics are.
    const [, , ended] = await Promise.all([
      beginBatch(tx),
      readInIndexOrder(tx),
      findEndedCoupons(tx, lanes, core.hub.now(), limit),
    ])
    return ended
  })

/** Whether this call has expired the coupon; false where another process was there before, or it failed. */
async function expireOne(core: Core, coupon: CouponName): Promise<boolean> {
  const now = core.hub.now()
  const no = makeNumber(laneIndexOf(coupon.lane), now)
  const deadline = new Date(now.getTime() + runSeconds * 1000)
  try {
    return (await core.changeCoupon({ no, deadline, act: 'expire', coupon })).isChanged
  } catch (error) {
    core.hub.log.warn({ err: error, coupon }, 'a coupon could not be expired; it will be tried again')
    return false
  }
}

const countersPerDelete = 1_000

// An hour's grace: a batch that began before the end of the period may still hold what it counted.
async function deleteCounters({ hub: { database, now } }: Core): Promise<number> {
  const before = new Date(now().getTime() - 3_600_000)
  let total = 0
  for (;;) {
    const deleted = await deleteEndedCounters(database.sql, before, countersPerDelete)
    total += deleted
    if (deleted < countersPerDelete) return total
  }
}
