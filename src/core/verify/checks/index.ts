import type { WrittenRows } from '../../batch/change.ts'
import { type PageCheck, type RowCheck, sumsToDo } from './check.ts'
import {
  codeChecks,
  couponChecks,
  foreignChecks,
  openForeignCheck,
  ledgerChecks,
  notificationChecks,
  orderChecks,
  redemptionChecks,
  openRequestCheck,
  requestChecks,
  toldUseChecks,
} from './rows.ts'

type Check = RowCheck | PageCheck

/**
 * What the proof holds each kind of row to that a verb may write, or why it says nothing of it. A verb that writes a new
 * kind of row does not compile before its check is here. What verbs take from counters is held to src/db/proof/uses.ts,
 * what counts in daily totals to src/db/proof/sums.ts.
 */
const checksOf: Record<keyof WrittenRows, readonly Check[] | { unchecked: string }> = {
  newOrders: orderChecks,
  remadeOrders: orderChecks,
  finishedOrders: orderChecks,
  newCoupons: couponChecks,
  coupons: couponChecks,
  newRedemptions: redemptionChecks,
  finishedRedemptions: redemptionChecks,
  reversedRedemptions: redemptionChecks,
  newSupplierRequests: [...requestChecks, openRequestCheck],
  supplierRequests: [...requestChecks, ...toldUseChecks],
  ledger: ledgerChecks,
  newForeignRedemptions: [...foreignChecks, openForeignCheck],
  foreignRedemptions: foreignChecks,
  notifications: notificationChecks,
  requestNumbers: codeChecks,
  takenPoolCodes: codeChecks,
  newPoolCodes: codeChecks,
  totals: { unchecked: 'They are sums: the proof adds them up from the rows.' },
  nonces: { unchecked: 'They are forgotten after twice the time that a request may be late.' },
  decisions: { unchecked: 'They explain what other rows say, and are dropped when they are old.' },
  audit: { unchecked: 'It says who did what; what was done is in the rows above.' },
}

const checks = [...new Set(Object.values(checksOf).flatMap((held) => ('unchecked' in held ? [] : held)))]

export const rowChecks: readonly RowCheck[] = checks.filter((check): check is RowCheck => 'read' in check)
export const pageChecks: readonly PageCheck[] = checks.filter((check): check is PageCheck => 'readPage' in check)

/** What to do about a difference, by the name of the check that found it. */
export const toDoOf: ReadonlyMap<string, string> = new Map([
  ...[...rowChecks, ...pageChecks].map(({ name, toDo }): [string, string] => [name, toDo]),
  ...Object.entries(sumsToDo),
])
