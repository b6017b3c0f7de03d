import { randomUUID } from 'node:crypto'
import type { Core } from '../core/core.ts'
import { protocolKeyOf, type CallbackProtocol } from '../core/notify/callback.ts'
import type { Tx } from '../db/client/client.ts'
import { countManualDeliveries, insertDeliveries, type DeliveryRow } from '../db/deliveries.ts'
import {
  claimDue,
  giveUpClaims,
  nextDueAt,
  readInIndexOrder,
  type ClaimedNotification,
} from '../db/notification-queue.ts'
import { beginBatch } from '../db/set-up.ts'
import { gatherTellings, type Gathered } from './gather.ts'

/** A claimed notification, ready to be told. `manualAttempts` are those that the schedule does not count. */
export type ReadyToTell = Gathered<ClaimedNotification> & { manualAttempts: number }

/** The claim, and when there will be more where there was less than `limit`. */
export type ClaimedBatch = { ready: ReadyToTell[]; nextDue: Date | undefined }

/**
 * How long a claim holds: more than twice the longest POST (10 s), with time to wait for a slot and to write the
 * outcome down. Until then nobody else tells; afterwards everybody may.
 */
export const claimSeconds = 30

type ClaimOptions = {
  lanes: readonly number[]
  limit: number
  protocols: ReadonlyMap<string, CallbackProtocol>
}

/** Claims up to `limit` due notifications of these lanes and reads what telling them needs, in one transaction. */
export async function claimBatch(core: Core, options: ClaimOptions): Promise<ClaimedBatch> {
  const { database, keyring, now } = core.hub
  const at = now()
  const claim = { ...options, now: at, claimId: randomUUID(), claimedUntil: claimEnd(at) }
  return database.transaction(async (tx) => {
    const [version, , claimed] = await Promise.all([beginBatch(tx), readInIndexOrder(tx), claimDue(tx, claim)])
    if (claimed.length === 0) return { ready: [], nextDue: await nextDueAt(tx, options.lanes, at) }
    const left = await settleLost(tx, claimed, options.protocols, at)
    const setup = await core.setup.at(version, tx)
    const gathered = await gatherTellings(
      tx,
      setup,
      keyring,
      left.map(({ notification }) => notification),
    )
    const ready = gathered.map((one, i) => ({ ...one, manualAttempts: left[i]!.manualAttempts }))
    return { ready, nextDue: at }
  })
}

export const claimEnd = (at: Date): Date => new Date(at.getTime() + claimSeconds * 1000)

type Counted = { notification: ClaimedNotification; manualAttempts: number }

/**
 * A claim that ran out was an attempt whose outcome nobody knows: the process that made it died or was paused, and it
 * may have told the partner before. It is kept as such and counts, so that a notification is never tried more often
 * than its schedule says; where it was the last attempt, the notification is given up.
 */
async function settleLost(
  tx: Tx,
  claimed: ClaimedNotification[],
  protocols: ReadonlyMap<string, CallbackProtocol>,
  at: Date,
): Promise<Counted[]> {
  const counted = await countAttempts(tx, claimed)
  const isOver = ({ notification, manualAttempts }: Counted): boolean =>
    notification.attempts - manualAttempts >=
    (protocols.get(protocolKeyOf(notification))?.waitsSeconds.length ?? Infinity)
  await insertDeliveries(tx, claimed.flatMap(lostDelivery))
  await giveUpClaims(
    tx,
    counted.filter(isOver).map(({ notification }) => notification),
    at,
  )
  return counted.filter((one) => !isOver(one))
}

async function countAttempts(tx: Tx, claimed: ClaimedNotification[]): Promise<Counted[]> {
  const counts = await countManualDeliveries(
    tx,
    claimed.filter(({ attempts }) => attempts > 0),
  )
  const countOf = new Map(counts.map(({ lane, no, count }) => [`${lane}/${no}`, count]))
  return claimed.map((notification) => ({
    notification,
    manualAttempts: countOf.get(`${notification.lane}/${notification.no}`) ?? 0,
  }))
}

/** The attempt that an earlier claim may have made. */
export function lostDelivery({ lane, no, attempts, lostClaimUntil }: ClaimedNotification): DeliveryRow[] {
  if (lostClaimUntil === null) return []
  return [
    {
      lane,
      notificationNo: no,
      attempt: attempts,
      isManual: false,
      startedAt: new Date(lostClaimUntil.getTime() - claimSeconds * 1000),
      durationMilliseconds: 0,
      outcome: 'unknown',
      httpStatus: null,
      answer: null,
      error: 'the process that claimed it did not come back: it may have been told, or not',
    },
  ]
}
