import { insertAudit } from '../../db/audit.ts'
import type { Tx } from '../../db/client/client.ts'
import { addToCounters } from '../../db/counters.ts'
import { insertCoupons, updateCoupons, type CouponRow, type Use } from '../../db/coupons.ts'
import { addToDailyTotals } from '../../db/daily-totals.ts'
import { insertDecisions } from '../../db/decisions.ts'
import { insertForeignRedemptions, updateForeignRedemptions } from '../../db/foreign-redemptions.ts'
import {
  appendPoolNumbers,
  insertImportedCodes,
  insertPoolCodes,
  placeImportedCodes,
  type PoolCodeRow,
} from '../../db/imported-codes.ts'
import { insertLedgerEntries } from '../../db/ledger.ts'
import { insertNonces } from '../../db/nonces.ts'
import { insertNotifications, withdrawExpiries, withdrawUntried, type NotificationRow } from '../../db/notifications.ts'
import { finishOrders, insertOrders, remakeOrders } from '../../db/orders.ts'
import { finishRedemptions, insertRedemptions, reverseRedemptions, type RedemptionRow } from '../../db/redemptions.ts'
import { insertRequestNumbers } from '../../db/request-numbers.ts'
import { insertSupplierRequests, updateSupplierRequests } from '../../db/supplier-requests.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { sumTotals, totalOf, sumUses } from '../counters/sums.ts'
import { couponKey } from '../coupon/coupon.ts'
import { poolCodeKey } from '../coupon/reveal.ts'
import type { Change, WrittenRows } from './change.ts'

type Rows = <Table extends keyof WrittenRows>(table: Table) => WrittenRows[Table][]

/**
 * Writes what a batch has changed, in one round trip; who waits for it hears of the statement that failed first. The statements go out in the order in which rows are locked: request
 * numbers, coupons, redemptions, counters; the totals of the day, which every batch writes, come last.
 */
export async function saveChanges(tx: Tx, changes: readonly Change[], now: Date): Promise<void> {
  const rows: Rows = (table) => changes.flatMap((change): readonly unknown[] => change[table] ?? []) as never
  await Promise.all([
    insertRequestNumbers(tx, rows('requestNumbers')),
    ...saveCoupons(tx, rows),
    ...saveRedemptions(tx, rows, now),
    addToCounters(tx, countersOf(changes, rows)),
    ...savePoolCodes(tx, rows),
    insertOrders(tx, rows('newOrders')),
    remakeOrders(tx, rows('remadeOrders')),
    finishOrders(tx, rows('finishedOrders')),
    insertSupplierRequests(tx, rows('newSupplierRequests')),
    updateSupplierRequests(tx, rows('supplierRequests')),
    insertLedgerEntries(tx, rows('ledger')),
    insertNonces(tx, rows('nonces')),
    withdrawExpiries(
      tx,
      lastStates(
        changes.flatMap((change) => change.untoldExpiries ?? []),
        couponKey,
      ),
      now,
    ),
    saveNotifications(tx, rows, now),
    insertDecisions(tx, rows('decisions')),
    insertAudit(tx, rows('audit')),
    addToDailyTotals(tx, sumTotals(totalsOf(rows), now)),
  ])
}

// A coupon, or a supplier's code, may be changed more than once in a batch: its last state is the one to write.
const lastStates = <Row>(rows: Row[], keyOf: (row: Row) => string): Row[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
]

const saveCoupons = (tx: Tx, rows: Rows): Promise<unknown>[] => [
  insertCoupons(tx, rows('newCoupons')),
  updateCoupons(tx, lastStates(rows('coupons'), couponKey)),
]

const saveRedemptions = (tx: Tx, rows: Rows, now: Date): Promise<unknown>[] => [
  insertRedemptions(tx, rows('newRedemptions')),
  finishRedemptions(tx, rows('finishedRedemptions')),
  reverseRedemptions(tx, rows('reversedRedemptions'), now),
  insertForeignRedemptions(tx, rows('newForeignRedemptions')),
  updateForeignRedemptions(
    tx,
    lastStates(rows('foreignRedemptions'), ({ no }) => no),
  ),
]

/** What is taken, less what is given back. The counter of a pool says how many of its codes were handed out. */
function countersOf(changes: readonly Change[], rows: Rows): Map<string, number> {
  const taken = changes.flatMap(({ takings }) => takings?.uses ?? [])
  const givenBack = changes.flatMap((change) => change.givenBack ?? [])
  const numbers = rows('takenPoolCodes').map(({ sourceId }): Use => [numbersKey(sourceId), 1])
  return sumUses([...taken, ...numbers], givenBack)
}

function savePoolCodes(tx: Tx, rows: Rows): Promise<unknown>[] {
  const newCodes = rows('newPoolCodes')
  const laneOf = lanesOf(rows('newCoupons'))
  const places = rows('takenPoolCodes').map((row) => ({ codeHash: row.codeHash, lane: laneOf(row) }))
  const imported = newCodes.map((row) => {
    const { codeHash, sourceId, number } = row
    return { codeHash, sourceId, number, lane: laneOf(row) }
  })
  return [
    placeImportedCodes(tx, places),
    appendPoolNumbers(
      tx,
      newCodes.map(({ sourceId }) => sourceId),
    ),
    insertImportedCodes(
      tx,
      imported.toSorted((a, b) => Buffer.compare(a.codeHash, b.codeHash)),
    ),
    insertPoolCodes(tx, newCodes),
  ]
}

function lanesOf(coupons: CouponRow[]): (code: PoolCodeRow) => number {
  const lanes = new Map(coupons.map((coupon) => [poolCodeKey(coupon.sourceId, coupon.serial), coupon.lane]))
  return ({ sourceId, number }) => lanes.get(poolCodeKey(sourceId, number))!
}

/** That a redemption was taken back is told to those alone who have heard of it, or are hearing of it at this instant. */
function saveNotifications(tx: Tx, rows: Rows, now: Date): Promise<unknown> {
  const notifications = rows('notifications')
  const reversed = rows('reversedRedemptions')
  if (reversed.length === 0) return insertNotifications(tx, notifications)
  return withdrawUntried(tx, reversed, now).then((withdrawn) => {
    const untold = new Set(withdrawn)
    const isTold = ({ kind, redemptionNo }: NotificationRow): boolean =>
      kind !== 'reversed' || !untold.has(redemptionNo!)
    return insertNotifications(tx, notifications.filter(isTold))
  })
}

function totalsOf(rows: Rows) {
  const hasSucceeded = ({ state }: RedemptionRow): boolean => state === 'succeeded'
  return [
    ...rows('newCoupons').map((row) => totalOf(row, { issued: 1, issuedFen: row.faceValueFen })),
    ...[...rows('newRedemptions'), ...rows('finishedRedemptions')]
      .filter(hasSucceeded)
      .map((row) => totalOf(row, { redeemed: 1, redeemedFen: row.faceValueFen })),
    ...rows('reversedRedemptions').map((row) => totalOf(row, { reversed: 1, reversedFen: row.faceValueFen })),
    ...rows('totals'),
  ]
}
