import { setTimeout as sleep } from 'node:timers/promises'
import { isConnectionLost, isTransient, type Tx } from '../db/client/client.ts'
import { insertDeliveries } from '../db/deliveries.ts'
import { completeDeliveries } from '../db/notification-queue.ts'
import { postponeClaims, type Claim } from '../db/claims.ts'
import { beginBatch } from '../db/set-up.ts'
import type { Hub } from '../hub.ts'
import type { Result } from './deliver.ts'
import { createNap } from '../time/waiting.ts'

type Postponed = Claim & { dueAt: Date }
type Entry = { result: Result } | { postponed: Postponed }

/** Writes down what became of claims, many at once. */
export type ResultWriter = {
  add: (entry: Entry) => void
  /** Waits until everything added so far is written. Does not reject. */
  flush: () => Promise<void>
  /** Gives up what could not be written until now: its claims will run out. */
  abandon: () => void
}

const fullBatch = 64
const largestBatch = 200
const gatherMilliseconds = 3
const longestPauseMilliseconds = 2_000

/** Writes results in the caller's transaction. A result whose claim is another's by now is dropped, with its attempt. */
export async function writeResults(tx: Tx, results: readonly Result[]): Promise<void> {
  const written = await completeDeliveries(
    tx,
    results.map(({ completion }) => completion),
  )
  const keys = new Set(written.map(({ lane, no }) => `${lane}/${no}`))
  const kept = results.filter(({ completion: { lane, no } }) => keys.has(`${lane}/${no}`))
  await insertDeliveries(
    tx,
    kept.map(({ delivery }) => delivery),
  )
}

type Storage = Pick<Hub, 'database' | 'log'>

/**
 * One write runs at a time, and what comes meanwhile makes the next: 64 results, or what a few milliseconds bring.
 * While the database is away the results wait; writing one twice changes nothing the second time.
 */
export function createResultWriter(storage: Storage): ResultWriter {
  let pending: Entry[] = []
  let writing: Promise<void> | undefined
  const nap = createNap()
  const abandoning = new AbortController()

  const writeAll = async (): Promise<void> => {
    if (pending.length < fullBatch) await nap.sleep(gatherMilliseconds)
    while (pending.length > 0) await writeBatch(storage, pending.splice(0, largestBatch), abandoning.signal)
  }
  // Forgotten when it has settled, not by the work itself, which could end before it is noted down.
  const write = (): Promise<void> => (writing ??= writeAll().finally(() => (writing = undefined)))

  return {
    add: (entry) => {
      pending.push(entry)
      if (pending.length === fullBatch && writing !== undefined) nap.wake()
      void write()
    },
    flush: async () => {
      await writing
      // What was added while the last write ended.
      if (pending.length > 0) await write()
    },
    abandon: () => {
      abandoning.abort()
      pending = []
    },
  }
}

async function writeBatch(storage: Storage, batch: Entry[], abandoned: AbortSignal): Promise<void> {
  for (let pause = 50; !abandoned.aborted; pause = Math.min(2 * pause, longestPauseMilliseconds)) {
    try {
      await storage.database.transaction((tx) => writeEntries(tx, batch))
      return
    } catch (error) {
      storage.log.warn({ err: error, results: batch.length }, 'the results of deliveries could not be written')
      if (!isConnectionLost(error) && !isTransient(error)) return writeSingly(storage, batch, abandoned)
      await sleep(pause)
    }
  }
}

// One result that the database refuses must not take the others with it: its claim runs out, and it is tried again.
async function writeSingly(storage: Storage, batch: Entry[], abandoned: AbortSignal): Promise<void> {
  if (batch.length === 1) return
  for (const entry of batch) await writeBatch(storage, [entry], abandoned)
}

async function writeEntries(tx: Tx, batch: readonly Entry[]): Promise<void> {
  const results = batch.flatMap((entry) => ('result' in entry ? [entry.result] : []))
  const postponed = batch.flatMap((entry) => ('postponed' in entry ? [entry.postponed] : []))
  await Promise.all([beginBatch(tx), writeResults(tx, results), postponeClaims(tx, 'notifications', postponed)])
}
