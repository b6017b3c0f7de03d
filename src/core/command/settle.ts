import type { CouponRow } from '../../db/coupons.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import type { SupplierRequestName, SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { RefusalReason } from '../../suppliers/supplier.ts'
import type { Operator, Command } from './command.ts'

/** A code as a supplier gave it, sealed when it was received: a batch that holds locks must not spend its time on ciphers. */
export type SealedCode = { code: string; hash: Buffer; cipher: Buffer }

/** What a supplier said, or an operator in its place. */
export type SupplierSaid =
  | { kind: 'accepted'; codes: SealedCode[] }
  | { kind: 'refused'; words: string; reason?: RefusalReason | undefined }
  | { kind: 'unknown'; reason: string }

/** Write down what a supplier has answered to a request. Only a clear yes or no ends it. */
export type SettleCommand = Command & {
  request: SupplierRequestName
  said: SupplierSaid
  /** Who decides in the supplier's place; absent: it is the supplier's own answer. */
  operator?: Operator | undefined
}

export type SettleOutcome = {
  request: SupplierRequestRow
  order: OrderRow
  /** The coupons of an order that has just succeeded, with their codes. */
  coupons: { coupon: CouponRow; code: string }[]
  redemption: RedemptionRow | undefined
  /** Of the redemption's coupon. */
  usesLeft: number
}
