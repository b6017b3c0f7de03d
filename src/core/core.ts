import type { CouponName } from '../db/coupons.ts'
import type { Hub } from '../hub.ts'
import type { BatchReport } from './batch/batch.ts'
import type { CoreContext } from './batch/verb.ts'
import { createGuessLimit } from './batch/guess-limit.ts'
import { createPending } from './batch/pending.ts'
import { createRememberNonce } from './batch/remember-nonce.ts'
import { createRunner } from './batch/run.ts'
import { createChangeCodes } from './change/change-codes.ts'
import { createChangeCoupon } from './change/change-coupon.ts'
import { createNumberBlocks } from './codes/number-blocks.ts'
import type { HubError } from './command/errors.ts'
import { sealHolder, type IssueCommand } from './command/issue.ts'
import type { RedeemCommand } from './command/redeem.ts'
import type { SettleOutcome } from './command/settle.ts'
import { createFullCounters } from './counters/counters.ts'
import { revealCodes } from './coupon/coupon-code.ts'
import { refusedIssue, refusedRedeem } from './decision/decisions.ts'
import { createRefusalWriter } from './decision/refusals.ts'
import { createForeign } from './foreign/foreign.ts'
import { createTills } from './foreign/tills.ts'
import { createIssue } from './issue/issue.ts'
import { createLookUpOrder } from './issue/look-up-order.ts'
import { createCheckCoupon } from './redeem/check-coupon.ts'
import { lookUpRedemption } from './redeem/look-up-redemption.ts'
import { createRedeem } from './redeem/redeem.ts'
import { createReverse } from './redeem/reverse.ts'
import { createSetupCache } from './set-up/snapshot.ts'
import { createRecordUse } from './settle/record-use.ts'
import { createSettle } from './settle/settle.ts'
import { awaitIssue, awaitRedemption, toldWhenRecorded, toldWhenSettled } from './settle/settled.ts'

/** The verbs, ready to be called. Each call joins its verb's next batch. */
export type Core = Awaited<ReturnType<typeof createCore>>

/** Who hears what the core does, for the metrics. */
export type CoreListeners = { onBatch?: (report: BatchReport) => void; onGuessStopped?: () => void }

type CoreOptions = CoreListeners & { firstWaitSeconds: (face: string) => number }

/** Makes the verbs of one process over its hub. The database must be migrated. */
export async function createCore(hub: Hub, { firstWaitSeconds, onBatch, onGuessStopped = () => {} }: CoreOptions) {
  const pending = createPending<SettleOutcome>()
  const refusals = createRefusalWriter(hub)
  const guesses = createGuessLimit(onGuessStopped)
  const setup = await createSetupCache(hub)
  const context: CoreContext = {
    hub,
    setup,
    numbers: createNumberBlocks(hub),
    full: createFullCounters(),
    guesses,
    firstWaitSeconds,
    claimId: pending.claimId,
  }
  const { watch, ...watched } = createWatch()
  const options = { hub, setup, watch, ...(onBatch && { onBatch }) }
  const onRefused = (command: RedeemCommand, refusal: HubError): void => {
    guesses.count(command, refusal, hub.now())
    refusals.add(refusedRedeem(command, refusal))
  }
  const issue = createRunner(options, createIssue(context), (command, refusal) =>
    refusals.add(refusedIssue(command, refusal)),
  )
  const redeem = createRunner(options, createRedeem(context), onRefused)
  const checkCoupon = createRunner(options, createCheckCoupon(context), (command, refusal) =>
    guesses.count(command, refusal, hub.now()),
  )
  const foreign = createForeign(context, { runOptions: options, onRefused })
  const own = {
    redeem: async (command: RedeemCommand) => awaitRedemption(pending, await redeem(command)),
    reverse: createRunner(options, createReverse(context)),
    checkCoupon,
    lookUpRedemption: lookUpRedemption.bind(undefined, context),
  }
  return {
    hub,
    setup,
    firstWaitSeconds,
    pending,
    refusals,
    foreign,
    ...createTills(own, foreign),
    /** An order that its supplier has not answered within three seconds is pending; one that was refused has failed. */
    issue: async (command: IssueCommand) => awaitIssue(pending, await issue(sealHolder(command, hub.keyring))),
    lookUpOrder: createRunner(options, createLookUpOrder(context)),
    changeCoupon: createRunner(options, createChangeCoupon(context)),
    changeCodes: createRunner(options, createChangeCodes(context)),
    settle: toldWhenSettled(pending, createRunner(options, createSettle(context))),
    /** See `createRecordUse`. What an operator has to look at is in the log, too. */
    recordUse: toldWhenRecorded(hub, createRunner(options, createRecordUse(context))),
    rememberNonce: createRunner(options, createRememberNonce(context)),
    ...watched,
    /** The codes of coupons in the clear, in their order. They are secrets: for the holder's channel alone. */
    revealCodes: (coupons: CouponName[]): Promise<string[]> => revealCodes(hub, setup.current(), coupons),
  }
}

/** What can be seen of this process's work: whoever does it says how to ask. */
function createWatch() {
  const verbs = new Map<string, () => number>()
  let readHeldBack: () => HeldBack[] = () => []
  return {
    watch: (verb: string, oldestSeconds: () => number): void => void verbs.set(verb, oldestSeconds),
    /** How long the oldest command of each verb has waited until now, in seconds: 0 where none waits. */
    oldestCommands: () => [...verbs].map(([verb, oldestSeconds]) => ({ verb, seconds: oldestSeconds() })),
    /** Takes whoever tells partners, for what it holds back. */
    heldBackBy: (read: () => HeldBack[]): void => void (readHeldBack = read),
    /** The addresses that notifications are held back from, since they have failed; of this process alone. */
    heldBack: (): HeldBack[] => readHeldBack(),
  }
}

/** `about` is what a breaker is about: see `breakerKey`. */
type HeldBack = { about: string; retryAt: Date }
