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
import { insertLedgerEntries, type LedgerEntryRow } from '../db/ledger.ts'
import { insertNotifications, type NotificationRow } from '../db/notifications.ts'
import { readOrders, type OrderRow } from '../db/orders.ts'
import { insertSupplierRequests, type SupplierRequestRow } from '../db/supplier-requests.ts'
import type { Tx } from '../db/client.ts'
import { ledgerOfUses } from './balance.ts'
import type { CoreContext } from './context.ts'
import { couponKey, stateAt } from './coupon.ts'
import { couponActs, type ActWorld, type CouponAct } from './coupon-acts.ts'
import { refuse } from './errors.ts'
import { expiredNotifications } from './expired-notifications.ts'
import { auditRow, type Operator } from './operator.ts'
import type { Setup } from './set-up/snapshot.ts'
import { makeSupplierRequest, nobody } from './supplier-request.ts'
import { tellerOf } from './supplier-of.ts'
import { sumTotals, type TotalChange } from './totals.ts'
import { sumUses } from './uses.ts'
import type { Command, Decision, Verb } from './verb.ts'

/** Void, freeze, unfreeze, delay or activate a coupon by hand, or expire it by the clock. */
export type ChangeCouponCommand = Command & {
  act: CouponAct
  coupon: CouponName
  /** How a person names the coupon: its masked code, for the audit. */
  subject: string
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
  /** The supplier that must be asked what became of a coupon before anybody hears that it expired. */
  tellerOf: (coupon: CouponRow) => string | undefined
}

type ChangeCouponChange = {
  coupon: CouponChange
  returned: Use[]
  ledger: LedgerEntryRow[]
  total: TotalChange
  notifications: NotificationRow[]
  requests: SupplierRequestRow[]
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

async function loadChangeCoupon(core: CoreContext, tx: Tx, commands: ChangeCouponCommand[], setup: Setup) {
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
    tellerOf: (coupon: CouponRow) => tellerOf(core.hub, setup, coupon),
  }
}

function decideChangeCoupon(
  world: ChangeCouponWorld,
  command: ChangeCouponCommand,
  now: Date,
): Decision<ChangeCouponOutcome, ChangeCouponChange> {
  const coupon = world.coupons.get(couponKey(command.coupon))
  if (coupon === undefined) return refuse('coupon_not_found', 'the code names no coupon')
  const before = { state: stateAt(coupon, now), validUntil: coupon.validUntil }
  const after = couponActs[command.act](coupon, command, world, now)
  if (after === undefined) return { outcome: { coupon: { ...coupon }, isChanged: false } }
  Object.assign(coupon, after, { changedAt: now })
  const audit =
    command.operator === undefined
      ? []
      : [
          auditRow(
            command,
            command.operator,
            `coupon.${command.act}`,
            'coupon',
            command.subject,
            before,
            { state: coupon.state, validUntil: coupon.validUntil },
            now,
          ),
        ]
  const teller = command.act === 'expire' ? world.tellerOf(coupon) : undefined
  const requests = teller === undefined ? [] : [lookUpRequest(command, coupon, teller, now)]
  const isTold = command.act === 'expire' && teller === undefined
  const notifications = isTold ? expiredNotifications(world, coupon, now) : []
  const { templateId, activityId, channelId } = coupon
  const total = { templateId, activityId, channelId, ...totalOfAct[command.act] }
  const returned = command.act === 'void' ? (coupon.usesReturned ?? []) : []
  const { lane, orderNo } = coupon
  const ledger = ledgerOfUses({ lane, no: command.no, channelId, orderNo }, 'voided', returned, now)
  // Copies: a later command of the batch may change the coupon once more.
  return {
    outcome: { coupon: { ...coupon }, isChanged: true },
    change: { coupon: { ...coupon }, returned, ledger, total, notifications, requests, audit },
  }
}

const totalOfAct: Partial<Record<CouponAct, Partial<TotalChange>>> = { void: { voided: 1 }, expire: { expired: 1 } }

// Whoever finds it due asks: nobody waits for the answer.
function lookUpRequest(
  { no }: ChangeCouponCommand,
  coupon: CouponRow,
  supplierId: string,
  now: Date,
): SupplierRequestRow {
  const { lane, orderNo } = coupon
  const subject = { lane, no, kind: 'look_up' as const, supplierId, orderNo, redemptionNo: null, uses: [], coupon }
  return makeSupplierRequest(subject, nobody, now)
}

async function saveChangeCoupon(tx: Tx, changes: ChangeCouponChange[], now: Date): Promise<void> {
  const coupons = new Map(changes.map(({ coupon }) => [couponKey(coupon), coupon]))
  await Promise.all([
    addToCounters(
      tx,
      sumUses(
        changes.map(({ returned }) => returned),
        -1,
      ),
    ),
    insertLedgerEntries(
      tx,
      changes.flatMap(({ ledger }) => ledger),
    ),
    updateCoupons(tx, [...coupons.values()]),
    insertNotifications(
      tx,
      changes.flatMap((change) => change.notifications),
    ),
    insertSupplierRequests(
      tx,
      changes.flatMap((change) => change.requests),
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
