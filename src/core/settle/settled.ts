import { refuse } from '../command/errors.ts'
import type { IssueOutcome } from '../issue/issue.ts'
import type { Pending } from '../batch/pending.ts'
import type { RedeemOutcome } from '../redeem/redeem.ts'
import { elsewhere, type Elsewhere } from '../redeem/routes.ts'
import type { SettleOutcome } from '../command/settle.ts'

// Partners wait some seconds for an answer: what a supplier says within this time is told at once.
export const patienceMilliseconds = 3_000

/** The outcome of an order when its supplier has answered, or as it is after three seconds. */
export async function awaitIssue(pending: Pending<SettleOutcome>, outcome: IssueOutcome): Promise<IssueOutcome> {
  if (outcome.request === undefined) return outcome
  const settled = await pending.await(outcome.request, patienceMilliseconds)
  if (settled === undefined) return outcome
  return { ...outcome, order: settled.order, coupons: settled.coupons }
}

/** The outcome of a redemption when the coupon's supplier has answered. */
export async function awaitRedemption(
  pending: Pending<SettleOutcome>,
  outcome: RedeemOutcome | Elsewhere,
): Promise<RedeemOutcome | Elsewhere> {
  if (outcome === elsewhere) return outcome
  const settled = outcome.request === undefined ? undefined : await pending.await(outcome.request, patienceMilliseconds)
  const redemption = settled?.redemption ?? outcome.redemption
  if (redemption.state === 'pending') {
    return refuse('supplier_unanswered', `the supplier has not answered for redemption ${redemption.no}`)
  }
  if (redemption.state === 'failed') {
    return refuse('supplier_rejected', redemption.detail.failure ?? 'the supplier refused it')
  }
  return { ...outcome, redemption, usesLeft: settled?.usesLeft ?? outcome.usesLeft }
}
