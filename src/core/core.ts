import type { Hub } from '../hub.ts'
import { createChangeCoupon } from './change-coupon.ts'
import { createCheckCoupon } from './check-coupon.ts'
import { createNumberBlocks } from './codes/number-blocks.ts'
import type { CoreContext } from './context.ts'
import { createFullCounters } from './full-counters.ts'
import { createGuessLimit } from './guess-limit.ts'
import { createIssue } from './issue.ts'
import { sealHolder, type IssueCommand } from './issue-command.ts'
import { createLookUpOrder } from './look-up.ts'
import { lookUpRedemption, type RedemptionQuestion } from './look-up-redemption.ts'
import { createRedeem } from './redeem.ts'
import { createReverse } from './reverse.ts'
import { createRunner, type BatchReport } from './run.ts'
import { createSetupCache } from './set-up/cache.ts'

/** The verbs, ready to be called. Each call joins its verb's next batch. */
export type Core = Awaited<ReturnType<typeof createCore>>

/** Who hears what the core does, for the metrics. */
export type CoreListeners = { onBatch?: (report: BatchReport) => void; onGuessStopped?: () => void }

export type CoreOptions = CoreListeners & { firstWaitSeconds: (face: string) => number }

/** Makes the verbs of one process over its hub. The database must be migrated. */
export async function createCore(hub: Hub, { firstWaitSeconds, onBatch, onGuessStopped = () => {} }: CoreOptions) {
  const context: CoreContext = {
    hub,
    setup: await createSetupCache(hub.database, hub.keyring),
    numbers: createNumberBlocks(hub),
    full: createFullCounters(),
    guesses: createGuessLimit(onGuessStopped),
    firstWaitSeconds,
  }
  const options = { hub, setup: context.setup, ...(onBatch === undefined ? {} : { onBatch }) }
  const issue = createRunner(options, createIssue(context))
  return {
    hub,
    setup: context.setup,
    issue: (command: IssueCommand) => issue(sealHolder(command, hub.keyring)),
    redeem: createRunner(options, createRedeem(context)),
    reverse: createRunner(options, createReverse(context)),
    changeCoupon: createRunner(options, createChangeCoupon(context)),
    lookUpOrder: createRunner(options, createLookUpOrder(context)),
    checkCoupon: createRunner(options, createCheckCoupon(context)),
    lookUpRedemption: (question: RedemptionQuestion) => lookUpRedemption(context, question),
  }
}
