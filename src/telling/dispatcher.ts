import { protocolKeyOf, type CallbackProtocol } from '../core/notify/callback.ts'
import type { Core } from '../core/core.ts'
import type { DeliveryOutcome } from '../db/deliveries.ts'
import { handBackClaims } from '../db/notification-queue.ts'
import { createBreakers, type Breakers } from '../http-out/breakers.ts'
import { claimBatch, type ReadyToTell } from './claims.ts'
import { deliver, resultOf, untold, type Attempt } from './deliver.ts'
import { createWaitingRoom, type WaitingRoom } from './waiting-room.ts'
import { createLaneHolder, type LaneHolder } from '../process/lane-holder.ts'
import type { Sender } from '../http-out/send.ts'
import { createResultWriter, type ResultWriter } from './results.ts'
import { createSlots } from './lines.ts'
import { createNap, within, type Nap } from '../time/waiting.ts'

export type DispatcherOptions = {
  protocols: ReadonlyMap<string, CallbackProtocol>
  /** Its guard decides which addresses may be called. It stays the caller's to close. */
  sender: Sender
  /** Shared with the clockwork of the same process; its own where absent. */
  laneHolder?: LaneHolder
  breakers?: Breakers
  /** How long a claimed notification stands in line for a slot before it is put off; a second where absent. */
  patienceMilliseconds?: number
  /** How long a stop waits for attempts under way; five seconds where absent. */
  stopMilliseconds?: number
  /** For the metrics. */
  onAttempt?: (report: AttemptReport) => void
}

export type AttemptReport = { face: string; kind: string; outcome: DeliveryOutcome; durationMilliseconds: number }

export type Dispatcher = {
  start: () => void
  /** Stops claiming, waits for attempts under way, hands claims back: within ten seconds. */
  stop: () => Promise<void>
  /** One round of claim, tell and write, to its end; says how many attempts were made. */
  tick: () => Promise<number>
  /** Looks for due notifications now rather than at the end of the nap. */
  wake: () => void
}

const largestClaim = 200
const shortestNapMilliseconds = 10
const longestNapMilliseconds = 1_000
const underWayMilliseconds = 5_000
const writeMilliseconds = 1_500

type Parts = {
  core: Core
  options: DispatcherOptions
  laneHolder: LaneHolder
  room: WaitingRoom
  writer: ResultWriter
  nap: Nap
  attempts: { made: number }
}

/**
 * Tells partners what is due: claims in batches, many attempts at once, outcomes written in batches. Takes its limits
 * from the configuration: attempts under way in all and per address, and `timeFactor`, which divides the waits of the
 * schedules and nothing else. Errors of the database are logged and waited out.
 */
export function createDispatcher(core: Core, options: DispatcherOptions): Dispatcher {
  const parts = assemble(core, options)
  let running: Promise<void> | undefined
  let isStopping = false
  return {
    start: () => {
      running ??= run(parts, () => isStopping)
    },
    stop: async () => {
      isStopping = true
      parts.nap.wake()
      await within(writeMilliseconds, running ?? Promise.resolve())
      await windUp(parts)
    },
    tick: async () => {
      const before = parts.attempts.made
      await claimRound(parts)
      await parts.room.hasRoom(Infinity)
      await parts.writer.flush()
      return parts.attempts.made - before
    },
    wake: parts.nap.wake,
  }
}

function assemble(core: Core, options: DispatcherOptions): Parts {
  const { hub } = core
  const { dispatchConcurrency: total, dispatchConcurrencyPerAddress: perOrigin } = hub.config
  const writer = createResultWriter(hub)
  const attempts = { made: 0 }
  const breakers = options.breakers ?? createBreakers(breakerSettings(hub.config.timeFactor))
  core.heldBackBy(() => breakers.openOrigins(hub.now()).map(({ origin, retryAt }) => ({ about: origin, retryAt })))
  const room = createWaitingRoom({
    now: hub.now,
    slots: createSlots({ total, perOrigin, reservedForFirstAttempts: Math.floor(total / 4) }),
    breakers,
    perOrigin,
    places: 2 * total,
    patienceMilliseconds: options.patienceMilliseconds ?? 1_000,
    attempt: ({ notification, telling }) => deliver({ hub, ...options }, notification, telling),
    onEnded: (ready, attempt) => {
      attempts.made += 1
      const result = automaticResult(core, options, ready, attempt)
      writer.add({ result })
      const { face, kind } = ready.notification
      options.onAttempt?.({ face, kind, outcome: attempt.outcome, durationMilliseconds: attempt.durationMilliseconds })
      return result.completion.dueAt
    },
    onPutOff: ({ notification: { lane, no, claimId } }, dueAt) =>
      writer.add({ postponed: { lane, no, claimId, dueAt } }),
  })
  const laneHolder = options.laneHolder ?? createLaneHolder(hub)
  return { core, options, laneHolder, room, writer, nap: createNap(), attempts }
}

// As all waits of the sandbox are.
const breakerSettings = (timeFactor: number) => ({ openSeconds: 30 / timeFactor, longestOpenSeconds: 300 / timeFactor })

function automaticResult(core: Core, { protocols }: DispatcherOptions, ready: ReadyToTell, attempt: Attempt) {
  const { notification, manualAttempts } = ready
  const waitsSeconds = protocols.get(protocolKeyOf(notification))?.waitsSeconds ?? []
  const { timeFactor } = core.hub.config
  return resultOf(notification, attempt, { waitsSeconds, timeFactor, isManual: false, manualAttempts })
}

/** Claims once, and says when to look again; now, where there may be more at once. */
async function claimRound({ core, options, laneHolder, room }: Parts): Promise<Date | undefined> {
  const limit = Math.min(largestClaim, room.room())
  const lanes = limit > 0 ? await laneHolder.lanes() : []
  if (lanes.length === 0) return undefined
  const { ready, nextDue } = await claimBatch(core, { lanes, limit, protocols: options.protocols })
  room.take(ready)
  // What is due, but could not be had, is in another process's hands at this instant.
  const soonest = new Date(core.hub.now().getTime() + shortestNapMilliseconds)
  return ready.length === 0 && nextDue !== undefined && nextDue < soonest ? soonest : nextDue
}

async function run(parts: Parts, isStopping: () => boolean): Promise<void> {
  const { now, log } = parts.core.hub
  for (let failures = 0; !isStopping();) {
    try {
      const next = await claimRound(parts)
      failures = 0
      const milliseconds = next === undefined ? longestNapMilliseconds : next.getTime() - now().getTime()
      if (milliseconds > 0) await parts.nap.sleep(Math.min(milliseconds, longestNapMilliseconds))
      // A claim costs the same for one as for many: better to wait for a good part of the room than for one place.
      else await parts.room.hasRoom(largestClaim / 2)
    } catch (error) {
      log.error({ err: error }, 'no notifications could be claimed; they will be tried again')
      failures += 1
      await parts.nap.sleep(Math.min(100 * 2 ** failures, 5_000))
    }
  }
}

async function windUp({ core, options, laneHolder, room, writer }: Parts): Promise<void> {
  const { database, now, log } = core.hub
  try {
    const claims = room.dismiss().map(({ notification: { lane, no, claimId } }) => ({ lane, no, claimId }))
    await within(writeMilliseconds, handBackClaims(database.sql, claims))
    await within(options.stopMilliseconds ?? underWayMilliseconds, room.hasRoom(Infinity))
    // Whoever has not answered by now may have been told all the same.
    for (const { ready, startedAt } of room.abandon()) {
      const attempt = { ...untold(startedAt, 'unknown', 'the hub stopped before the answer came'), endedAt: now() }
      writer.add({ result: automaticResult(core, options, ready, attempt) })
    }
    await within(writeMilliseconds, writer.flush())
    await within(writeMilliseconds / 2, laneHolder.release())
  } catch (error) {
    log.warn({ err: error }, 'claims could not be handed back; others take them over when they run out')
  } finally {
    writer.abandon()
  }
}
