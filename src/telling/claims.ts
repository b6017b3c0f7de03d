import { randomUUID } from 'node:crypto'
import type { Core } from '../core/core.ts'
import { couponKey } from '../core/coupon/coupon.ts'
import { loadPoolCodes, revealCode, type PoolCodes } from '../core/coupon/coupon-code.ts'
import { protocolKeyOf, type CallbackProtocol, type Telling } from '../core/notify/callback.ts'
import { pairKey, ticketIdOf, type Setup } from '../core/set-up/snapshot.ts'
import type { Tx, Queryable } from '../db/client/client.ts'
import { lastOfEach } from '../db/client/rows.ts'
import { readCoupons, readCouponsOfOrders, type CouponName, type CouponRow } from '../db/coupons.ts'
import { countManualDeliveries, insertDeliveries, type DeliveryRow } from '../db/deliveries.ts'
import {
  claimDue,
  giveUpClaims,
  nextDueAt,
  readInIndexOrder,
  type ClaimedNotification,
} from '../db/notification-queue.ts'
import type { NotificationRow } from '../db/notifications.ts'
import { readOrders, type OrderRow } from '../db/orders.ts'
import { readRedemptions, type RedemptionRow } from '../db/redemptions.ts'
import { beginBatch } from '../db/set-up.ts'
import type { Keyring } from '../keyring.ts'

/** A claimed notification, ready to be told. `manualAttempts` are those that the schedule does not count. */
export type ReadyToTell = Gathered<ClaimedNotification> & { manualAttempts: number }

/** The claim, and when there will be more where there was less than `limit`. */
type ClaimedBatch = { ready: ReadyToTell[]; nextDue: Date | undefined }

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
function lostDelivery({ lane, no, attempts, lostClaimUntil }: ClaimedNotification): DeliveryRow[] {
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

/** What is to be told, or why it cannot be put together: one broken row must not hold up the others of its batch. */
export type Gathered<Row extends NotificationRow> = { notification: Row; telling: Telling | Error }

type Sources = {
  setup: Setup
  keyring: Keyring
  orders: Map<string, OrderRow>
  /** By their own keys; and, where a notification is about no coupon, all of its order. */
  coupons: Map<string, CouponRow>
  couponsOfOrders: Map<string, CouponRow[]>
  redemptions: Map<string, RedemptionRow>
  poolCodes: PoolCodes
}

/** Reads for a whole batch what the faces need to tell it. The number of statements does not depend on the batch. */
export async function gatherTellings<Row extends NotificationRow>(
  sql: Queryable,
  setup: Setup,
  keyring: Keyring,
  notifications: readonly Row[],
): Promise<Gathered<Row>[]> {
  const named = notifications.flatMap((notification) => couponNameOf(notification) ?? [])
  const unnamed = notifications.filter((notification) => couponNameOf(notification) === undefined)
  const [orders, coupons, couponsOfOrders, redemptions] = await Promise.all([
    readOrders(sql, orderNames(notifications)),
    readCoupons(sql, named),
    readCouponsOfOrders(sql, orderNames(unnamed)),
    readRedemptions(
      sql,
      notifications.flatMap(({ lane, redemptionNo }) => (redemptionNo === null ? [] : [{ lane, no: redemptionNo }])),
    ),
  ])
  const sources: Sources = {
    setup,
    keyring,
    orders: new Map(orders.map((order) => [order.no, order])),
    coupons: new Map(coupons.map((coupon) => [couponKey(coupon), coupon])),
    couponsOfOrders: byOrder(couponsOfOrders),
    redemptions: new Map(redemptions.map((redemption) => [redemption.no, redemption])),
    poolCodes: await loadPoolCodes(sql, [...coupons, ...couponsOfOrders], setup),
  }
  return notifications.map((notification) => ({ notification, telling: assemble(sources, notification) }))
}

// Two notifications may be about the same order: whose coupons are not to be read twice.
const orderNames = (notifications: readonly NotificationRow[]): { lane: number; no: string }[] =>
  lastOfEach(
    notifications.map(({ lane, orderNo: no }) => ({ lane, no })),
    ({ no }) => no,
  )

function byOrder(coupons: readonly CouponRow[]): Map<string, CouponRow[]> {
  const groups = new Map<string, CouponRow[]>()
  for (const coupon of coupons) {
    const group = groups.get(coupon.orderNo)
    if (group === undefined) groups.set(coupon.orderNo, [coupon])
    else group.push(coupon)
  }
  return groups
}

function couponNameOf({ lane, sourceId, serial }: NotificationRow): CouponName | undefined {
  return sourceId === null || serial === null ? undefined : { lane, sourceId, serial }
}

function assemble(sources: Sources, notification: NotificationRow): Telling | Error {
  try {
    const { setup, keyring, poolCodes } = sources
    const order = found(sources.orders.get(notification.orderNo), `order ${notification.orderNo}`)
    const coupons = couponsToTell(sources, notification)
    const codes = coupons.map((coupon) => revealCode(coupon, setup, poolCodes, keyring))
    const { activityId, templateId } = order
    return {
      notification,
      order,
      app: found(setup.apps.get(pairKey(notification.face, notification.appId)), `app ${notification.appId}`),
      channel: found(setup.channels.get(notification.channelId), `channel ${notification.channelId}`),
      activity: found(setup.activities.get(activityId), `activity ${activityId}`),
      template: found(setup.templates.get(templateId), `template ${templateId}`),
      ticketId: ticketIdOf(setup, order),
      coupon: coupons[0],
      code: codes[0],
      codes,
      redemption: sources.redemptions.get(notification.redemptionNo ?? ''),
    }
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function couponsToTell(sources: Sources, notification: NotificationRow): CouponRow[] {
  const name = couponNameOf(notification)
  if (name === undefined) return sources.couponsOfOrders.get(notification.orderNo) ?? []
  const coupon = sources.coupons.get(couponKey(name))
  return coupon === undefined ? [] : [coupon]
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} of a notification is missing`)
  return value
}
