import type { ForeignAnswer } from '../../core/foreign/answer.ts'
import type { RedeemOutcome } from '../../core/redeem/redeem.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import type { Fields } from './answer.ts'

type Redeemed = Pick<RedeemOutcome | ForeignAnswer, 'redemption' | 'code'>

/** A redemption in the names of wf's table (Shoubei, 返回参数). `amount` is the coupon's face value. */
export const redemptionFields = ({ redemption, code }: Redeemed): Fields => ({
  order_no: redemption.no,
  wf_trace_no: redemption.traceNo,
  codes: code,
  amount: textOrNull(redemption.faceValueFen),
  settle_amount: textOrNull(redemption.settleAmountFen),
})

// A supplier may not have said what its code is worth.
const textOrNull = (fen: number | null): string | null => (fen === null ? null : String(fen))

const statusOf = {
  pending: 'PENDING',
  succeeded: 'SUCCESS',
  failed: 'FAIL',
  reversing: 'PENDING',
  reversed: 'CANCELLED',
} as const

/** What query and cancel answer: wf's table, what became of the redemption, and when it was cancelled. */
export const recordFields = (redeemed: Redeemed): Fields => ({
  ...redemptionFields(redeemed),
  status: statusOf[redeemed.redemption.state],
  cancel_time: cancelTime(redeemed.redemption.reversedAt),
})

const cancelTime = (at: Date | null): string | null => (at === null ? null : formatShanghaiCompact(at))

/** A number that was cancelled before anything was redeemed under it. */
export const forestalledFields = (traceNo: string | undefined, cancelledAt: Date): Fields => ({
  ...noRedemption,
  wf_trace_no: traceNo ?? null,
  status: 'CANCELLED',
  cancel_time: formatShanghaiCompact(cancelledAt),
})

/** The tables without a redemption, for refusals. */
export const noRedemption: Fields = {
  order_no: null,
  wf_trace_no: null,
  codes: null,
  amount: null,
  settle_amount: null,
}
export const noRecord: Fields = { ...noRedemption, status: null, cancel_time: null }
