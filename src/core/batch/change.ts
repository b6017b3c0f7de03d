import type { AuditRow } from '../../db/audit.ts'
import type { CouponChange, CouponRow, Use } from '../../db/coupons.ts'
import type { DecisionRow } from '../../db/decisions.ts'
import type { ForeignRedemptionRow } from '../../db/foreign-redemptions.ts'
import type { PoolCodeRow } from '../../db/imported-codes.ts'
import type { LedgerEntryRow } from '../../db/ledger.ts'
import type { NonceRow } from '../../db/nonces.ts'
import type { NotificationRow } from '../../db/notifications.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { UseCarrier } from '../../db/proof/uses.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import type { RequestNumberRow } from '../../db/request-numbers.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { TotalChange } from '../counters/counters.ts'

/** The rows that verbs write. `new…` are inserted; the others are there, and locked by whoever changes them. */
export type WrittenRows = {
  newOrders: OrderRow
  /** Orders that had failed and are made anew. */
  remadeOrders: OrderRow
  /** Orders whose supplier has answered. */
  finishedOrders: OrderRow
  newCoupons: CouponRow
  coupons: CouponChange
  /** Imported codes that new coupons were given. */
  takenPoolCodes: PoolCodeRow
  /** Codes that a supplier made for new coupons. */
  newPoolCodes: PoolCodeRow
  newRedemptions: RedemptionRow
  finishedRedemptions: RedemptionRow
  reversedRedemptions: RedemptionRow
  newForeignRedemptions: ForeignRedemptionRow
  foreignRedemptions: ForeignRedemptionRow
  newSupplierRequests: SupplierRequestRow
  supplierRequests: SupplierRequestRow
  requestNumbers: RequestNumberRow
  nonces: NonceRow
  notifications: NotificationRow
  ledger: LedgerEntryRow
  /** What no row above says of the day's totals: those of new coupons and of redemptions are added up from their rows. */
  totals: TotalChange
  decisions: DecisionRow
  audit: AuditRow
}

/** What is taken from counters. Whoever takes says which rows carry it, from where it is given back, once, and proved. */
type Takings = { carriedBy: UseCarrier; uses: readonly Use[] }

/**
 * What a command changes: rows as they will stand, by table. All verbs give this one shape to `saveChanges`. Only rows that
 * no later command of the batch can change any more, or copies.
 */
export type Change = { [Table in keyof WrittenRows]?: readonly WrittenRows[Table][] } & {
  takings?: Takings
  /** What goes back to the counters that it was taken from. */
  givenBack?: readonly Use[]
  /** Orders of which it is no longer to be told that they were made, where that is still due: all their coupons were voided. */
  untoldIssues?: readonly OrderRow[]
  /** Coupons whose end is no longer to be told, where that is still due: they were used. */
  untoldExpiries?: readonly CouponRow[]
}
