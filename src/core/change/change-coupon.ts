import { lockCounters } from '../../db/counters.ts'
import { lockCoupons, readCouponsOfOrders, type CouponName, type CouponRow } from '../../db/coupons.ts'
import { lockOrders, readOrders, type OrderRow } from '../../db/orders.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { Tx } from '../../db/client/client.ts'
import { ledgerOfUses } from '../counters/balance.ts'
import type { Change } from '../batch/change.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { couponKey, stateAt, couponActs, type ActWorld, type CouponAct } from '../coupon/coupon.ts'
import { refuse } from '../command/errors.ts'
import { expiredNotifications, voidedNotifications } from '../notify/notification.ts'
import { auditRow, type Operator, type Command } from '../command/command.ts'
import type { Setup } from '../set-up/snapshot.ts'
import { makeSupplierRequest } from '../supplier/request.ts'
import { tellerOf } from '../supplier/supplier-of.ts'
import { totalOf, type TotalChange } from '../counters/counters.ts'

/** Void, freeze, unfreeze, delay or activate a coupon by hand, or expire it by the clock. */
export type ChangeCouponCommand = Command & {
  act: CouponAct
  coupon: CouponName
  /** The new end, for `delay`. */
  until?: Date | undefined
  /** Absent for the clock. */
  operator?: Operator | undefined
}

type ChangeCouponOutcome = { coupon: CouponRow; isChanged: boolean }

export type ChangeCouponWorld = ActWorld & {
  firstWaitSeconds: (face: string) => number
  coupons: Map<string, CouponRow>
  orders: Map<string, OrderRow>
  /** All coupons of the orders, as they were found; those that are changed are in `coupons`. */
  siblings: readonly CouponRow[]
  /** The supplier that must be asked what became of a coupon before anybody hears that it expired. */
  tellerOf: (coupon: CouponRow) => string | undefined
}

export function createChangeCoupon(
  core: CoreContext,
): Verb<ChangeCouponCommand, ChangeCouponWorld, ChangeCouponOutcome> {
  return {
    name: 'change-coupon',
    load: (tx, commands, setup) => loadChangeCoupon(core, tx, commands, setup),
    decide: decideChangeCoupon,
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
  const orderNames = coupons.map((coupon) => ({ lane: coupon.lane, no: coupon.orderNo }))
  const voided = isVoiding ? orderNames : []
  const [, orders, siblings, counters] = await Promise.all([
    lockOrders(tx, voided),
    readOrders(tx, orderNames),
    readCouponsOfOrders(tx, voided),
    lockCounters(tx, [...new Set(keys)]),
  ])
  return {
    setup,
    counted: new Set(counters.map((counter) => counter.key)),
    firstWaitSeconds: core.firstWaitSeconds,
    coupons: new Map(coupons.map((coupon) => [couponKey(coupon), coupon])),
    orders: new Map(orders.map((order) => [order.no, order])),
    siblings,
    tellerOf: (coupon: CouponRow) => tellerOf(core.hub, setup, coupon),
  }
}

function decideChangeCoupon(
  world: ChangeCouponWorld,
  command: ChangeCouponCommand,
  now: Date,
): Decided<ChangeCouponOutcome> {
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
): Change | undefined {
  const before = { state: stateAt(coupon, now), validUntil: coupon.validUntil }
  const after = couponActs[act](coupon, { until }, world, now)
  if (after === undefined) return undefined
  Object.assign(coupon, after, { changedAt: now })
  const { lane, orderNo, channelId, state, validUntil } = coupon
  const written = { state, validUntil }
  const teller = act === 'expire' ? world.tellerOf(coupon) : undefined
  const isTold = act === 'expire' && teller === undefined
  const returned = act === 'void' ? (coupon.usesReturned ?? []) : []
  const isOrderVoid = act === 'void' && isWholeOrderVoid(world, coupon)
  return {
    coupons: [{ ...coupon }],
    givenBack: returned,
    ledger: ledgerOfUses({ lane, no, channelId, orderNo }, 'voided', returned, now),
    totals: [totalOf(coupon, totalOfAct[act] ?? {})],
    notifications: [
      ...(isTold ? expiredNotifications(world, coupon, no, now) : []),
      ...(isOrderVoid ? voidedNotifications(world, coupon, no, now) : []),
    ],
    untoldIssues: isOrderVoid ? untoldIssueOf(world, coupon) : [],
    newSupplierRequests: teller === undefined ? [] : [lookUpRequest({ no }, coupon, teller, now)],
    audit: operator
      ? [auditRow({ no }, operator, `coupon.${act}`, 'coupon', couponKey(coupon), before, written, now)]
      : [],
  }
}

function isWholeOrderVoid({ siblings, coupons }: ChangeCouponWorld, { orderNo }: CouponRow): boolean {
  return siblings
    .filter((sibling) => sibling.orderNo === orderNo)
    .every((sibling) => (coupons.get(couponKey(sibling)) ?? sibling).state === 'voided')
}

// Where the same address hears of both, the void alone is told: the other could arrive behind it.
function untoldIssueOf({ orders }: ChangeCouponWorld, { orderNo }: CouponRow): OrderRow[] {
  const order = orders.get(orderNo)
  return order !== undefined && order.issueUrl !== null && order.issueUrl === order.expireUrl ? [order] : []
}

const totalOfAct: Partial<Record<CouponAct, Partial<TotalChange>>> = { void: { voided: 1 }, expire: { expired: 1 } }

// Whoever finds it due asks: nobody waits for the answer.
function lookUpRequest(
  { no }: Pick<ChangeCouponCommand, 'no'>,
  coupon: CouponRow,
  supplierId: string,
  now: Date,
): SupplierRequestRow {
  const { lane, orderNo } = coupon
  const subject = { lane, no, kind: 'look_up' as const, supplierId, orderNo, redemptionNo: null, uses: [], coupon }
  return makeSupplierRequest(subject, null, now)
}
