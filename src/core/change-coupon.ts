import { insertAudit, type AuditRow } from '../db/audit.ts'
import { addToCounters, lockCounters } from '../db/counters.ts'
import {
  lockCoupons,
  updateCoupons,
  type CouponChange,
  type CouponName,
  type CouponRow,
  type Use,
} from '../db/coupons.ts'
import { addToDailyTotals } from '../db/daily-totals.ts'
import { insertNotifications, type NotificationRow } from '../db/notifications.ts'
import { readOrders, type OrderRow } from '../db/orders.ts'
import type { Tx } from '../db/client.ts'
import type { CoreContext } from './context.ts'
import { couponKey, stateAt } from './coupon.ts'
import { couponActs, type ActWorld, type CouponAct } from './coupon-acts.ts'
import { refuse } from './errors.ts'
import { makeNotification } from './notify.ts'
import { auditRow, type Operator } from './operator.ts'
import type { Setup } from './set-up/snapshot.ts'
import { sumTotals, type TotalChange } from './totals.ts'
import { sumUses } from './uses.ts'
import type { Command, Decision, Verb } from './verb.ts'

/** Void, freeze, unfreeze, delay or activate a coupon by hand, or expire it by the clock. */
export type ChangeCouponCommand = Command & {
  act: CouponAct
  coupon: CouponName
  /** The new end, for `delay`. */
  until?: Date | undefined
  /** Absent for the clock. */
  operator?: Operator | undefined
}

export type ChangeCouponOutcome = { coupon: CouponRow; isChanged: boolean }

export type ChangeCouponWorld = ActWorld & {
  firstWaitSeconds: (face: string) => number
  coupons: Map<string, CouponRow>
  orders: Map<string, OrderRow>
}

/** What a change of one coupon writes. */
export type ChangeCouponChange = {
  coupon: CouponChange
  returned: Use[]
  total: TotalChange
  notifications: NotificationRow[]
  audit: AuditRow[]
}

export function createChangeCoupon(
  core: CoreContext,
): Verb<ChangeCouponCommand, ChangeCouponWorld, ChangeCouponOutcome, ChangeCouponChange> {
  return {
    name: 'change-coupon',
    load: (tx, commands, setup) => loadChangeCoupon(core, tx, commands, setup),
    decide: decideChangeCoupon,
    save: saveChangeCoupon,
  }
}

/** Locks the coupons that are named, and the counters to which a void gives back. */
export async function loadChangeCoupon(
  core: CoreContext,
  tx: Tx,
  commands: Pick<ChangeCouponCommand, 'act' | 'coupon'>[],
  setup: Setup,
): Promise<ChangeCouponWorld> {
  const names = new Map(commands.map(({ coupon }) => [couponKey(coupon), coupon]))
  const coupons = await lockCoupons(tx, [...names.values()])
  const isVoiding = commands.some((command) => command.act === 'void')
  const keys = isVoiding ? coupons.flatMap((coupon) => coupon.uses.map(([key]) => key)) : []
  const [orders, counters] = await Promise.all([
    readOrders(
      tx,
      coupons.map((coupon) => ({ lane: coupon.lane, no: coupon.orderNo })),
    ),
    lockCounters(tx, [...new Set(keys)]),
  ])
  return {
    setup,
    counted: new Set(counters.map((counter) => counter.key)),
    firstWaitSeconds: core.firstWaitSeconds,
    coupons: new Map(coupons.map((coupon) => [couponKey(coupon), coupon])),
    orders: new Map(orders.map((order) => [order.no, order])),
  }
}

function decideChangeCoupon(
  world: ChangeCouponWorld,
  command: ChangeCouponCommand,
  now: Date,
): Decision<ChangeCouponOutcome, ChangeCouponChange> {
  const coupon = world.coupons.get(couponKey(command.coupon))
  if (coupon === undefined) return refuse('coupon_not_found', 'the code names no coupon')
  const change = changeNow(world, command, coupon, now)
  // A copy: a later command of the batch may change the coupon once more.
  const outcome = { coupon: { ...coupon }, isChanged: change !== undefined }
  return change === undefined ? { outcome } : { outcome, change }
}

type Asked = Pick<ChangeCouponCommand, 'no' | 'act' | 'until' | 'operator'>

/** Changes a coupon as an act says; undefined where it is so already. Refuses, before it changes it, what may not be. */
export function changeNow(
  world: ChangeCouponWorld,
  { no, act, until, operator }: Asked,
  coupon: CouponRow,
  now: Date,
): ChangeCouponChange | undefined {
  const before = { state: stateAt(coupon, now), validUntil: coupon.validUntil }
  const after = couponActs[act](coupon, { until }, world, now)
  if (after === undefined) return undefined
  Object.assign(coupon, after, { changedAt: now })
  const { templateId, activityId, channelId, state, validUntil } = coupon
  const written = { state, validUntil }
  return {
    coupon: { ...coupon },
    returned: act === 'void' ? (coupon.usesReturned ?? []) : [],
    total: { templateId, activityId, channelId, ...totalOfAct[act] },
    notifications: act === 'expire' ? expiredNotifications(world, coupon, now) : [],
    audit: operator
      ? [auditRow({ no }, operator, `coupon.${act}`, 'coupon', couponKey(coupon), before, written, now)]
      : [],
  }
}

const totalOfAct: Partial<Record<CouponAct, Partial<TotalChange>>> = { void: { voided: 1 }, expire: { expired: 1 } }

function expiredNotifications(world: ChangeCouponWorld, coupon: CouponRow, now: Date): NotificationRow[] {
  const order = world.orders.get(coupon.orderNo)
  if (order === undefined) throw new Error(`order ${coupon.orderNo} of a coupon is missing`)
  if (order.expireUrl === null) return []
  const { lane, face, appId, channelId, no: orderNo, expireUrl: url } = order
  const facts = { happenedAt: coupon.validUntil.toISOString(), faceValueFen: coupon.faceValueFen }
  const subject = { kind: 'expired' as const, lane, face, appId, channelId, orderNo, coupon, url, facts }
  return [makeNotification(subject, world.firstWaitSeconds(face), now)]
}

/** Writes what changes of coupons write. */
export async function saveChangeCoupon(tx: Tx, changes: ChangeCouponChange[], now: Date): Promise<void> {
  const coupons = new Map(changes.map(({ coupon }) => [couponKey(coupon), coupon]))
  await Promise.all([
    addToCounters(
      tx,
      sumUses(
        changes.map(({ returned }) => returned),
        -1,
      ),
    ),
    updateCoupons(tx, [...coupons.values()]),
    insertNotifications(
      tx,
      changes.flatMap((change) => change.notifications),
    ),
    addToDailyTotals(
      tx,
      sumTotals(
        changes.map((change) => change.total),
        now,
      ),
    ),
    insertAudit(
      tx,
      changes.flatMap((change) => change.audit),
    ),
  ])
}
