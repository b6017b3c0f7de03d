import { refuse } from '../command/errors.ts'
import type { IssueOutcome } from '../issue/issue.ts'
import type { Pending } from '../batch/pending.ts'
import type { RedeemOutcome } from '../redeem/redeem.ts'
import { elsewhere, type Elsewhere } from '../redeem/routes.ts'
import type { RecordUseCommand, RecordUseOutcome } from './record-use.ts'
import type { SettleCommand, SettleOutcome } from '../command/settle.ts'
import type { Hub } from '../../hub.ts'

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

/** `settle`, which wakes who waits for the end of a request. */
export const toldWhenSettled =
  (pending: Pending<SettleOutcome>, settle: (command: SettleCommand) => Promise<SettleOutcome>) =>
  async (command: SettleCommand): Promise<SettleOutcome> => {
    const outcome = await settle(command)
    if (outcome.request.finishedAt !== null) pending.settled(outcome.request.no, outcome)
    return outcome
  }

/** `recordUse`, which logs what an operator has to look at. */
export const toldWhenRecorded =
  ({ log }: Pick<Hub, 'log'>, recordUse: (command: RecordUseCommand) => Promise<RecordUseOutcome>) =>
  async (command: RecordUseCommand): Promise<RecordUseOutcome> => {
    const outcome = await recordUse(command)
    const { redemption, isRepeat } = outcome
    if (redemption.state === 'failed' && !isRepeat) {
      const { no: redemptionNo, toldBy: supplierId } = redemption
      log.warn({ redemptionNo, supplierId }, 'a supplier tells of the use of a coupon that was voided')
    }
    return outcome
  }
