import type { NotificationFacts, NotificationKind, NotificationRow } from '../../db/notifications.ts'
import { laneIndexOf } from '../numbers/lanes.ts'
import { makeNumberFor } from '../numbers/numbers.ts'

export type { NotificationKind }

type Subject = {
  /** The number of the command that causes it. */
  causeNo: string
  kind: NotificationKind
  lane: number
  face: string
  appId: string
  channelId: string
  orderNo: string
  coupon?: { sourceId: number; serial: number }
  redemptionNo?: string
  url: string
  facts: NotificationFacts
}

/** A notification to be written in the transaction of the change that it tells of; first due after `waitSeconds`. */
export function makeNotification(subject: Subject, waitSeconds: number, now: Date): NotificationRow {
  const { causeNo, coupon, redemptionNo, ...rest } = subject
  return {
    ...rest,
    no: makeNumberFor(subject.kind, causeNo, laneIndexOf(subject.lane), now),
    sourceId: coupon?.sourceId ?? null,
    serial: coupon?.serial ?? null,
    redemptionNo: redemptionNo ?? null,
    state: 'due',
    attempts: 0,
    dueAt: new Date(now.getTime() + waitSeconds * 1000),
    claimId: null,
    claimedUntil: null,
    createdAt: now,
    finishedAt: null,
  }
}
