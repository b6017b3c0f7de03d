import { randomUUID } from 'node:crypto'
import { claimEnd } from '../core/batch/pending.ts'
import { laneIndexOf, makeNumber } from '../core/numbers/numbers.ts'
import { postponeClaims, type DueClaim, type Queue } from '../db/claims.ts'
import type { Tx } from '../db/client/client.ts'
import { beginBatch } from '../db/set-up.ts'
import { createNap, within } from '../time/waiting.ts'
import type { Hub } from '../hub.ts'
import type { SupplierGate } from './supplier-gate.ts'

export type AskingOptions = {
  /** The one way of this process to suppliers. */
  gate: SupplierGate
  /** The lanes whose requests this process asks again. */
  lanes: () => Promise<readonly number[]>
}

/** Asks suppliers: at once what this process has just decided, and again what has been unknown for long enough. */
export type Asking = {
  start: () => void
  /** Takes no more, and waits a while for what is under way: its claims run out. */
  stop: () => Promise<void>
  /** One round over what is due, to its end; says how many were asked. */
  tick: () => Promise<number>
}

type Claimable = { lane: number; no: string; claimId: string | null }

/** One kind of rows by which suppliers are asked. */
type Work<Row extends Claimable> = {
  queue: Queue
  /** Claims what is due. */
  claim: (tx: Tx, claim: DueClaim) => Promise<Row[]>
  /** From so many claimed at once there may be more. */
  fullClaim: number
  /** Asks about a claimed row, and writes down what came of it; answers when to ask where it could not be asked now. */
  handle: (row: Row) => Promise<{ postponed: Row; until: Date } | undefined>
  /** Hears of rows that this process has just made and claimed. */
  listen: (take: (row: Row) => void) => void
}

const napMilliseconds = 1_000
const stopMilliseconds = 5_000
const settleSeconds = 30

/** Works through one queue of rows by which suppliers are asked. */
export function createAsking<Row extends Claimable>(hub: Hub, lanes: AskingOptions['lanes'], work: Work<Row>): Asking {
  const { log } = hub
  const underWay = new Set<Promise<unknown>>()
  const nap = createNap()
  let isStopping = false
  let running: Promise<void> | undefined

  // What could not be written down is asked again, by its number, when its claim has run out.
  function take(row: Row): Promise<void> {
    const handling = handle(hub, work, row)
      .catch((error: unknown) => log.error({ err: error, requestNo: row.no }, 'a supplier’s answer was lost'))
      .finally(() => underWay.delete(handling))
    underWay.add(handling)
    return handling
  }

  async function run(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      try {
        const claimed = await claimDue(hub, work, await lanes())
        for (const row of claimed) void take(row)
        if (claimed.length >= work.fullClaim) await within(napMilliseconds, Promise.all(underWay))
        else await nap.sleep(napMilliseconds)
      } catch (error) {
        log.error({ err: error }, 'what suppliers are to be asked could not be claimed; it will be tried again')
        await nap.sleep(napMilliseconds)
      }
    }
  }

  return {
    start: () => {
      work.listen((row) => void take(row))
      running ??= run(() => isStopping)
    },
    stop: async () => {
      isStopping = true
      nap.wake()
      await running
      await within(stopMilliseconds, Promise.all(underWay))
    },
    tick: async () => {
      const claimed = await claimDue(hub, work, await lanes())
      await Promise.all(claimed.map(take))
      return claimed.length
    },
  }
}

async function handle<Row extends Claimable>({ database }: Hub, work: Work<Row>, row: Row): Promise<void> {
  const later = await work.handle(row)
  if (later === undefined) return
  const { lane, no, claimId } = later.postponed
  if (claimId !== null) await postponeClaims(database.sql, work.queue, [{ lane, no, claimId, dueAt: later.until }])
}

async function claimDue<Row extends Claimable>(
  { database, now }: Hub,
  work: Work<Row>,
  lanes: readonly number[],
): Promise<Row[]> {
  if (lanes.length === 0) return []
  const at = now()
  const claim = { lanes, now: at, claimId: randomUUID(), claimedUntil: claimEnd(at) }
  return database.transaction(async (tx) => {
    const [, claimed] = await Promise.all([beginBatch(tx), work.claim(tx, claim)])
    return claimed
  })
}

/** By what number, and until when, what a supplier said of a row is written down. */
export function settleCommand({ now }: Hub, { lane }: { lane: number }): { no: string; deadline: Date } {
  const at = now()
  return { no: makeNumber(laneIndexOf(lane), at), deadline: new Date(at.getTime() + settleSeconds * 1000) }
}
