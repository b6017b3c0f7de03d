import type { PageCheck, RowCheck } from './check.ts'
import { codeChecks } from './codes.ts'
import { couponChecks } from './coupons.ts'
import { ledgerChecks } from './ledger.ts'
import { foreignChecks, openForeignCheck } from './foreign.ts'
import { notificationChecks } from './notifications.ts'
import { orderChecks } from './orders.ts'
import { redemptionChecks } from './redemptions.ts'
import { openRequestCheck, requestChecks } from './requests.ts'
import { sumsToDo } from './sums.ts'
import { toldUseChecks } from './told-uses.ts'

// A new check is a file of its own here, and a line in one of these lists. What takes from counters, or counts in daily
// totals, has its line in src/db/proof/uses.ts and src/db/proof/sums.ts.

export const rowChecks: readonly RowCheck[] = [
  ...orderChecks,
  ...couponChecks,
  ...redemptionChecks,
  ...requestChecks,
  ...toldUseChecks,
  ...ledgerChecks,
  ...foreignChecks,
  ...notificationChecks,
]

export const pageChecks: readonly PageCheck[] = [openRequestCheck, openForeignCheck, ...codeChecks]

/** What to do about a difference, by the name of the check that found it. */
export const toDoOf: ReadonlyMap<string, string> = new Map([
  ...[...rowChecks, ...pageChecks].map(({ name, toDo }): [string, string] => [name, toDo]),
  ...Object.entries(sumsToDo),
])
