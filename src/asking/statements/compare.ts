import type { CouponRow } from '../../db/coupons.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import type { StatementRow } from '../../suppliers/supplier.ts'

/** What can be different: what each is, in words, and what stands on either side. */
export const differenceWords = {
  unknown_coupon: 'used there, and no coupon of ours',
  missing_here: 'used there, and not here',
  voided_here: 'used there, and voided here',
  reversed_here: 'used there, and taken back here',
  missing_there: 'used here, and not in the statement',
  other_time: 'used at another time',
  other_amount: 'used for another amount',
  refunded_there: 'refunded there, and used here',
} as const
type DifferenceKind = keyof typeof differenceWords

/** `here` and `there`: the instant or the amount in fen that either side says, where it says one. */
export type ReconcileDifference = {
  kind: DifferenceKind
  batchNo: string
  /** Masked. */
  coupon: string
  orderNo: string | null
  redemptionNo: string | null
  here: Date | number | null
  there: Date | number | null
  isRecorded: boolean
}

/** A coupon as the hub has it. `redemptions`: the newest first. */
export type Known = { coupon: CouponRow; redemptions: RedemptionRow[] }

/** What one line of a statement of uses comes to: the redemption that it is, and how they differ. */
export type Compared = {
  kind?: DifferenceKind
  redemption?: RedemptionRow | undefined
  here?: Date | number | null
  there?: Date | number | null
}

const secondOf = (at: Date): number => Math.floor(at.getTime() / 1000)

/** The redemption that a line is about: by its reference or its second, else the one that used the coupon up. */
function redemptionOf({ redemptions }: Known, row: StatementRow): RedemptionRow | undefined {
  const told = redemptions.filter(({ usedAt }) => usedAt !== null)
  return (
    told.find(({ traceNo }) => row.reference !== undefined && traceNo === row.reference) ??
    told.find(({ usedAt }) => secondOf(usedAt!) === secondOf(row.at)) ??
    redemptions.find(({ state }) => state === 'succeeded')
  )
}

/** Compares a line of a statement of uses with what the hub has. Statements know no part of a second. */
export function compareUse(known: Known | undefined, row: StatementRow): Compared {
  if (known === undefined) return { kind: 'unknown_coupon', there: row.at }
  const redemption = redemptionOf(known, row)
  if (redemption === undefined) return { kind: 'missing_here', there: row.at }
  const { state, usedAt, createdAt, amountFen } = redemption
  if (state === 'failed') return { kind: 'voided_here', redemption, there: row.at }
  const here = usedAt ?? createdAt
  if (state === 'reversed') return { kind: 'reversed_here', redemption, here, there: row.at }
  if (secondOf(here) !== secondOf(row.at)) return { kind: 'other_time', redemption, here, there: row.at }
  if (amountFen !== null && row.amountFen !== undefined && amountFen !== row.amountFen) {
    return { kind: 'other_amount', redemption, here: amountFen, there: row.amountFen }
  }
  return { redemption }
}

/** Compares a line of a statement of refunds: what was given back there must not count as used here. */
export function compareRefund(known: Known | undefined, row: StatementRow): Compared {
  const standing = known?.redemptions.find(({ state }) => state === 'succeeded')
  if (standing === undefined) return {}
  // A coupon that came back may have been used once more since.
  if (row.reference !== undefined && standing.traceNo !== null && standing.traceNo !== row.reference) return {}
  return { kind: 'refunded_there', redemption: standing, here: standing.usedAt ?? standing.createdAt, there: row.at }
}
