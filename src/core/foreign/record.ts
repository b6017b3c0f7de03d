import type { ForeignRedemptionRow } from '../../db/foreign-redemptions.ts'
import { HubError, refuse, type ErrorCode } from '../command/errors.ts'
import type { Refusal } from './settle.ts'

/** A redemption of a supplier's code, as who asks about it hears of it. */
export type ForeignRecord = { kind: 'foreign'; redemption: ForeignRedemptionRow; code: string }

/** Refuses in the supplier's words, where it has some. */
export const refuseInWords = ({ code, words }: Refusal): never => {
  const isOurs = code !== 'supplier_rejected'
  throw new HubError(code, words, { words: isOurs || words === '' ? undefined : words })
}

/** Refuses what is not a redemption that stands, as who redeems hears it. */
export function requireUsed(row: ForeignRedemptionRow): ForeignRedemptionRow {
  switch (row.state) {
    case 'succeeded':
      return row
    case 'failed':
      return refuseInWords({ code: (row.failureCode ?? 'supplier_rejected') as ErrorCode, words: row.failure ?? '' })
    case 'reversed':
      return refuse('redemption_reversed', 'the redemption was reversed since')
    case 'pending':
    case 'reversing':
      return refuse('supplier_unanswered', `the supplier has not answered for redemption ${row.no}`)
  }
}

/** Refuses what is not taken back, as who cancels hears it. */
export function requireReversed(row: ForeignRedemptionRow, refusal: Refusal | undefined): ForeignRedemptionRow {
  if (refusal !== undefined) return refuseInWords(refusal)
  switch (row.state) {
    case 'reversed':
      return row
    case 'failed':
      return refuse('redemption_not_reversible', 'the supplier refused it: nothing was used')
    case 'succeeded':
      return refuse('redemption_not_reversible', 'the supplier did not take it back')
    case 'pending':
    case 'reversing':
      return refuse('supplier_unanswered', `the supplier has not answered for redemption ${row.no}`)
  }
}
