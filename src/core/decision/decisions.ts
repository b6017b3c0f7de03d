import type { DecisionRow } from '../../db/decisions.ts'
import type { HubError, RefusedCoupon } from '../command/errors.ts'
import { keptFacts, type DecisionTrace, type Explanation } from '../command/explanation.ts'
import type { IssueCommand } from '../command/issue.ts'
import { timeOfNumber } from '../numbers/numbers.ts'
import type { RedeemCommand } from '../command/redeem.ts'
import type { CouponName, CouponRow } from '../../db/coupons.ts'
import type { Template } from '../set-up/snapshot.ts'

const unknownParties = { channelId: null, activityId: null, templateId: null, externalNo: null }
const noTill = { acceptorId: null, merchantNo: null, shopNo: null }

/** What came of a command, as it is kept. */
type Verdict = Pick<DecisionRow, 'at' | 'no' | 'isAccepted' | 'code' | 'message' | 'facts'> & { trace: DecisionTrace }

const atOf = (no: string): Date => {
  const at = timeOfNumber(no)
  if (at === undefined) throw new Error(`${no} is no number of a command`)
  return at
}

const accepted = (no: string, { facts, ...trace }: Explanation): Verdict => ({
  at: atOf(no),
  no,
  isAccepted: true,
  code: null,
  message: null,
  facts: keptFacts(facts),
  trace,
})

const partiesOfIssue = ({ face, appId, channelId, activityId, templateId, externalNo }: IssueCommand) => ({
  face,
  appId,
  channelId,
  activityId,
  templateId,
  externalNo,
  ...noTill,
})

const partiesOfTill = ({ face, appId, acceptorId, merchantNo, shopNo, traceNo, ...rest }: RedeemCommand) => ({
  face,
  appId,
  ...unknownParties,
  channelId: rest.channelId ?? null,
  externalNo: traceNo ?? null,
  acceptorId,
  merchantNo,
  shopNo,
})

const partiesOfCoupon = ({ channelId, activityId, templateId }: RefusedCoupon) => ({
  channelId,
  activityId,
  templateId,
})

/** Why an order was accepted, kept under the order's number. */
export const issueDecision = (
  command: IssueCommand,
  no: string,
  template: Template,
  explanation: Explanation,
): DecisionRow => ({
  ...accepted(no, explanation),
  verb: 'issue',
  ...partiesOfIssue(command),
  amountFen: template.faceValueFen * command.quantity,
})

/** Why a redemption was accepted, kept under the redemption's number. */
export const redeemDecision = (
  command: RedeemCommand,
  no: string,
  coupon: CouponRow,
  explanation: Explanation,
): DecisionRow => ({
  ...accepted(no, explanation),
  verb: 'redeem',
  ...partiesOfTill(command),
  ...partiesOfCoupon(coupon),
  amountFen: command.amountFen ?? null,
})

const refused = ({ no }: { no: string }, { code, message, explanation, coupon }: HubError): Verdict => ({
  at: atOf(no),
  no,
  isAccepted: false,
  code,
  message,
  facts: keptFacts(explanation?.facts),
  trace: {
    decidedAt: explanation?.decidedAt,
    rules: explanation?.rules ?? [],
    limits: explanation?.limits ?? [],
    coupon: coupon && nameOf(coupon),
  },
})

const nameOf = ({ lane, sourceId, serial }: RefusedCoupon): CouponName => ({ lane, sourceId, serial })

export const refusedIssue = (command: IssueCommand, error: HubError): DecisionRow => ({
  ...refused(command, error),
  verb: 'issue',
  ...partiesOfIssue(command),
  amountFen: null,
})

export const refusedRedeem = (command: RedeemCommand, error: HubError): DecisionRow => ({
  ...refused(command, error),
  verb: 'redeem',
  ...partiesOfTill(command),
  ...(error.coupon && partiesOfCoupon(error.coupon)),
  amountFen: command.amountFen ?? null,
})
