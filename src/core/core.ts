import type { Hub } from '../hub.ts'
import { createChangeCodes } from './change/change-codes.ts'
import { createChangeCoupon } from './change/change-coupon.ts'
import { createCheckCoupon, type CheckCouponCommand } from './redeem/check-coupon.ts'
import { refuse } from './command/errors.ts'
import type { CouponName } from '../db/coupons.ts'
import { revealCodes } from './coupon/reveal-codes.ts'
import { createNumberBlocks } from './codes/number-blocks.ts'
import type { CoreContext } from './batch/context.ts'
import { createFullCounters } from './counters/full-counters.ts'
import { createGuessLimit } from './batch/guess-limit.ts'
import { createIssue } from './issue/issue.ts'
import { sealHolder, type IssueCommand } from './command/issue.ts'
import { createForeign } from './foreign/foreign.ts'
import { createHear } from './batch/remember-nonce.ts'
import { createLookUpOrder } from './issue/look-up-order.ts'
import { lookUpRedemption } from './redeem/look-up-redemption.ts'
import { refusedIssue, refusedRedeem } from './decision/decisions.ts'
import { createPending } from './batch/pending.ts'
import type { RedeemCommand } from './command/redeem.ts'
import { createRedeem } from './redeem/redeem.ts'
import { createRefusalWriter } from './decision/refusals.ts'
import { createRecordUse } from './settle/record-use.ts'
import { createReverse, type ReverseCommand } from './redeem/reverse.ts'
import { createRouted, type OwnVerbs } from './foreign/routed.ts'
import { elsewhere, type Elsewhere } from './redeem/routes.ts'
import { createRunner, type BatchReport } from './batch/run.ts'
import { createSettle } from './settle/settle.ts'
import type { SettleCommand, SettleOutcome } from './command/settle.ts'
import { awaitIssue, awaitRedemption } from './settle/settled.ts'
import type { RecordUseCommand } from './command/record-use.ts'
import { createSetupCache } from './set-up/cache.ts'

/** The verbs, ready to be called. Each call joins its verb's next batch. */
export type Core = Awaited<ReturnType<typeof createCore>>

/** Who hears what the core does, for the metrics. */
export type CoreListeners = { onBatch?: (report: BatchReport) => void; onGuessStopped?: () => void }

export type CoreOptions = CoreListeners & { firstWaitSeconds: (face: string) => number }

/** Makes the verbs of one process over its hub. The database must be migrated. */
export async function createCore(hub: Hub, { firstWaitSeconds, onBatch, onGuessStopped = () => {} }: CoreOptions) {
  const pending = createPending<SettleOutcome>()
  const refusals = createRefusalWriter(hub)
  const context: CoreContext = {
    hub,
    setup: await createSetupCache(hub),
    numbers: createNumberBlocks(hub),
    full: createFullCounters(),
    guesses: createGuessLimit(onGuessStopped),
    firstWaitSeconds,
    claim: pending.claim,
  }
  const options = { hub, setup: context.setup, ...(onBatch === undefined ? {} : { onBatch }) }
  const issue = createRunner(options, createIssue(context), (command, refusal) =>
    refusals.add(refusedIssue(command, refusal)),
  )
  const redeem = createRunner(options, createRedeem(context), (command, refusal) =>
    refusals.add(refusedRedeem(command, refusal)),
  )
  const settle = createRunner(options, createSettle(context))
  const recordUse = createRunner(options, createRecordUse(context))
  const own: OwnVerbs = {
    redeem: async (command) => awaitRedemption(pending, await redeem(command)),
    reverse: createRunner(options, createReverse(context)),
    checkCoupon: createRunner(options, createCheckCoupon(context)),
    lookUpRedemption: (question) => lookUpRedemption(context, question),
  }
  const foreign = createForeign(context, { runOptions: options, refusals })
  return {
    hub,
    setup: context.setup,
    firstWaitSeconds,
    /** An order that its supplier has not answered within three seconds is pending; one that was refused has failed. */
    issue: async (command: IssueCommand) => awaitIssue(pending, await issue(sealHolder(command, hub.keyring))),
    /** Refuses with `supplier_unanswered` while the coupon's supplier is silent, and `supplier_rejected` where it says no. */
    redeem: async (command: RedeemCommand) => requireOurs(await own.redeem(command)),
    settle: async (command: SettleCommand) => {
      const outcome = await settle(command)
      if (outcome.request.finishedAt !== null) pending.settled(outcome.request.no, outcome)
      return outcome
    },
    /** See `createRecordUse`. What an operator has to look at is in the log, too. */
    recordUse: async (command: RecordUseCommand) => {
      const outcome = await recordUse(command)
      const { redemption, isRepeat } = outcome
      if (redemption.state === 'failed' && !isRepeat) {
        const { no: redemptionNo, toldBy: supplierId } = redemption
        hub.log.warn({ redemptionNo, supplierId }, 'a supplier tells of the use of a coupon that was voided')
      }
      return outcome
    },
    pending,
    refusals,
    hear: createRunner(options, createHear(context)),
    changeCodes: createRunner(options, createChangeCodes(context)),
    reverse: async (command: ReverseCommand) => requireOurs(await own.reverse(command)),
    changeCoupon: createRunner(options, createChangeCoupon(context)),
    lookUpOrder: createRunner(options, createLookUpOrder(context)),
    checkCoupon: async (command: CheckCouponCommand) => requireOurs(await own.checkCoupon(command)),
    /** The codes of coupons in the clear: for their own channel. */
    revealCodes: (coupons: CouponName[]) => revealCodes(context, coupons),
    lookUpRedemption: own.lookUpRedemption,
    /** The same for tills whose codes may be a supplier's. */
    routed: createRouted(own, foreign),
    foreign,
  }
}

// Who asks by no route hears of our own coupons alone.
function requireOurs<Outcome>(outcome: Outcome | Elsewhere): Outcome {
  return outcome === elsewhere
    ? refuse('redemption_not_found', 'the number names a redemption of a supplier’s code')
    : outcome
}
