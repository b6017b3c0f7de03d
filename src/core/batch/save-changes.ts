import { insertAudit } from '../../db/audit.ts'
import { lastOfEach } from '../../db/client/rows.ts'
import type { Tx } from '../../db/client/client.ts'
import { addToCounters } from '../../db/counters.ts'
import { insertCoupons, updateCoupons, type Use } from '../../db/coupons.ts'
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
import {
  insertNotifications,
  withdrawExpiries,
  withdrawIssues,
  withdrawUntried,
  type NotificationRow,
} from '../../db/notifications.ts'
import { finishOrders, insertOrders, remakeOrders } from '../../db/orders.ts'
import { finishRedemptions, insertRedemptions, reverseRedemptions, type RedemptionRow } from '../../db/redemptions.ts'
import { insertRequestNumbers } from '../../db/request-numbers.ts'
import { insertSupplierRequests, updateSupplierRequests } from '../../db/supplier-requests.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { sumTotals, sumUses, totalOf } from '../counters/counters.ts'
import { couponKey } from '../coupon/coupon.ts'
import { poolCodeKey } from '../coupon/coupon-code.ts'
import type { Change, WrittenRows } from './change.ts'
import { discountOf } from '../../db/redemptions.ts'

/** All that a batch writes, by table. */
type Batch = { now: Date; rows: <Table extends keyof WrittenRows>(table: Table) => WrittenRows[Table][] }

type Writer<Row> = (tx: Tx, rows: Row[], batch: Batch) => Promise<unknown>

/** What is written by itself. Notifications depend on what is withdrawn, and totals are added up with those of other rows. */
type Plain = Exclude<keyof WrittenRows, 'notifications' | 'totals'>

/**
 * How each kind of row is written, in the order in which rows are locked: numbers, coupons, redemptions, all else. A coupon,
 * or a supplier's code, may be changed more than once in a batch: its last state is the one to write.
 */
const writers: { [Table in Plain]: Writer<WrittenRows[Table]> } = {
  requestNumbers: insertRequestNumbers,
  newCoupons: insertCoupons,
  coupons: (tx, rows) => updateCoupons(tx, lastOfEach(rows, couponKey)),
  newRedemptions: insertRedemptions,
  finishedRedemptions: finishRedemptions,
  reversedRedemptions: (tx, rows, { now }) => reverseRedemptions(tx, rows, now),
  newForeignRedemptions: insertForeignRedemptions,
  foreignRedemptions: (tx, rows) =>
    updateForeignRedemptions(
      tx,
      lastOfEach(rows, ({ no }) => no),
    ),
  takenPoolCodes: placePoolCodes,
  newPoolCodes: addPoolCodes,
  newOrders: insertOrders,
  remadeOrders: remakeOrders,
  finishedOrders: finishOrders,
  newSupplierRequests: insertSupplierRequests,
  supplierRequests: updateSupplierRequests,
  ledger: insertLedgerEntries,
  nonces: insertNonces,
  decisions: insertDecisions,
  audit: insertAudit,
}
const tables = Object.keys(writers) as Plain[]

/**
 * Writes what a batch has changed, in one round trip; who waits for it hears of the statement that failed first. Counters
 * are locked already; the totals of the day, which every batch writes, come last.
 */
export async function saveChanges(tx: Tx, changes: readonly Change[], now: Date): Promise<void> {
  const rows: Batch['rows'] = (table) => changes.flatMap((change): readonly unknown[] => change[table] ?? []) as never
  const batch = { now, rows }
  const ended = changes.flatMap(({ untoldExpiries }) => untoldExpiries ?? [])
  await Promise.all([
    ...tables.flatMap((table) => write(table, tx, batch)),
    writeNotifications(tx, batch),
    addToCounters(tx, countersOf(changes, rows)),
    withdrawExpiries(tx, lastOfEach(ended, couponKey), now),
    withdrawIssues(
      tx,
      changes.flatMap(({ untoldIssues }) => untoldIssues ?? []),
      now,
    ),
    addToDailyTotals(tx, sumTotals(totalsOf(rows), now)),
  ])
}

function write(table: Plain, tx: Tx, batch: Batch): Promise<unknown>[] {
  const rows = batch.rows(table)
  // Rows and writer are of the same table.
  return rows.length === 0 ? [] : [(writers[table] as Writer<unknown>)(tx, rows, batch)]
}

/** What is taken, less what is given back. The counter of a pool says how many of its codes were handed out. */
function countersOf(changes: readonly Change[], rows: Batch['rows']): Map<string, number> {
  const taken = changes.flatMap(({ takings }) => takings?.uses ?? [])
  const givenBack = changes.flatMap((change) => change.givenBack ?? [])
  const numbers = rows('takenPoolCodes').map(({ sourceId }): Use => [numbersKey(sourceId), 1])
  return sumUses([...taken, ...numbers], givenBack)
}

function placePoolCodes(tx: Tx, codes: PoolCodeRow[], batch: Batch): Promise<unknown> {
  const laneOf = lanesOf(batch)
  return placeImportedCodes(
    tx,
    codes.map((row) => ({ codeHash: row.codeHash, lane: laneOf(row) })),
  )
}

function addPoolCodes(tx: Tx, codes: PoolCodeRow[], batch: Batch): Promise<unknown> {
  const laneOf = lanesOf(batch)
  const imported = codes.map((row) => {
    const { codeHash, sourceId, number } = row
    return { codeHash, sourceId, number, lane: laneOf(row) }
  })
  return Promise.all([
    appendPoolNumbers(
      tx,
      codes.map(({ sourceId }) => sourceId),
    ),
    insertImportedCodes(
      tx,
      imported.toSorted((a, b) => Buffer.compare(a.codeHash, b.codeHash)),
    ),
    insertPoolCodes(tx, codes),
  ])
}

function lanesOf({ rows }: Batch): (code: PoolCodeRow) => number {
  const coupons = rows('newCoupons')
  const lanes = new Map(coupons.map((coupon) => [poolCodeKey(coupon.sourceId, coupon.serial), coupon.lane]))
  return ({ sourceId, number }) => lanes.get(poolCodeKey(sourceId, number))!
}

/** That a redemption was taken back is told to those alone who have heard of it, or are hearing of it at this instant. */
function writeNotifications(tx: Tx, { rows, now }: Batch): Promise<unknown> {
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

function totalsOf(rows: Batch['rows']) {
  const hasSucceeded = ({ state }: RedemptionRow): boolean => state === 'succeeded'
  return [
    ...rows('newCoupons').map((row) => totalOf(row, { issued: 1, issuedFen: row.faceValueFen })),
    ...[...rows('newRedemptions'), ...rows('finishedRedemptions')]
      .filter(hasSucceeded)
      .map((row) => totalOf(row, { redeemed: 1, redeemedFen: discountOf(row) })),
    ...rows('reversedRedemptions').map((row) => totalOf(row, { reversed: 1, reversedFen: discountOf(row) })),
    ...rows('totals'),
  ]
}
