import { readForeignRedemptions, type ForeignRedemptionRow } from '../../db/foreign-redemptions.ts'
import type { CodeAnswer, CodeDetails, RedeemAsk } from '../../suppliers/supplier.ts'
import type { CheckCouponCommand } from '../redeem/check-coupon.ts'
import type { CoreContext } from '../batch/context.ts'
import { refusedRedeem } from '../decision/decisions.ts'
import { refuse } from '../command/errors.ts'
import { codeHash } from '../keys/hashes.ts'
import type { RedemptionQuestion } from '../redeem/look-up-redemption.ts'
import type { Operator } from '../command/operator.ts'
import { createPending } from '../batch/pending.ts'
import type { RedeemCommand } from '../command/redeem.ts'
import { checkTill } from '../command/callers.ts'
import type { RefusalWriter } from '../decision/refusals.ts'
import type { ReverseCommand } from '../redeem/reverse.ts'
import { createRunner, type RunOptions } from '../batch/run.ts'
import { patienceMilliseconds } from '../settle/settled.ts'
import { askForeignAgain, giveUpForeign } from './acts.ts'
import { redeemAskOf } from './ask.ts'
import { lookUpForeign } from './look-up.ts'
import { refuseInWords, requireReversed, requireUsed, type ForeignRecord } from './record.ts'
import { createRedeemForeign, loadHolders, requireFree } from './redeem.ts'
import { createReverseForeign } from './reverse.ts'
import { createSettleForeign, stepOf, type SettleForeignCommand, type SettleForeignOutcome } from './settle.ts'

/** Asks a supplier whether its code may be used now. Never rejects. */
export type Prepare = (ask: RedeemAsk) => Promise<CodeAnswer>

export type ForeignOptions = { runOptions: RunOptions; refusals: RefusalWriter }

export type Foreign = ReturnType<typeof createForeign>

/** What tills do with suppliers' codes. What is decided here is no coupon of ours: that was looked at before. */
export function createForeign(context: CoreContext, { runOptions, refusals }: ForeignOptions) {
  const { keyring, database, now } = context.hub
  const pending = createPending<SettleForeignOutcome, ForeignRedemptionRow>()
  const runRedeem = createRunner(runOptions, createRedeemForeign(context, pending.claim), (command, refusal) =>
    refusals.add(refusedRedeem(command, refusal)),
  )
  const runReverse = createRunner(runOptions, createReverseForeign(context, pending.claim))
  const runSettle = createRunner(runOptions, createSettleForeign(context))
  let prepare: Prepare | undefined

  const recordOf = (redemption: ForeignRedemptionRow): ForeignRecord => ({
    kind: 'foreign',
    redemption,
    code: keyring.decrypt(redemption.code),
  })

  /** What became of a redemption within a till's patience, whoever has heard it. */
  async function settledOf(redemption: ForeignRedemptionRow, isAsked: boolean): Promise<SettleForeignOutcome> {
    const heard = isAsked
      ? await pending.await(redemption, patienceMilliseconds)
      : await pending.wait(redemption.no, patienceMilliseconds)
    if (heard !== undefined) return heard
    const [row] = await readForeignRedemptions(database.sql, [redemption])
    return { redemption: row ?? redemption, isHeard: false }
  }

  /** Writes down what a supplier said, and wakes who waits for the end of it. */
  async function settle(command: SettleForeignCommand): Promise<SettleForeignOutcome> {
    const outcome = await runSettle(command)
    if (stepOf(outcome.redemption) === undefined) pending.settled(outcome.redemption.no, outcome)
    return outcome
  }

  return {
    pending,
    /** Takes whoever has a way out to suppliers, for questions that leave no trace. */
    prepareBy: (given: Prepare) => {
      prepare = given
    },

    /** Refuses with `supplier_unanswered` while the supplier is silent, and with its reason where it says no. */
    redeem: async (command: RedeemCommand): Promise<ForeignRecord> => {
      const { code } = command
      const sealed = { code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }
      const { redemption, isRepeat } = await runRedeem({ ...command, sealed })
      const settled = isRepeat ? redemption : (await settledOf(redemption, true)).redemption
      return recordOf(requireUsed(settled))
    },

    /** Refuses with `supplier_unanswered` while the supplier has not said whether it takes the use back. */
    reverse: async (command: ReverseCommand): Promise<ForeignRecord & { isRepeat: boolean }> => {
      const { redemption, isRepeat, isAsked } = await runReverse(command)
      const isOver = stepOf(redemption) === undefined
      if (isOver) pending.settled(redemption.no, { redemption, isHeard: true })
      const settled = isOver ? undefined : await settledOf(redemption, isAsked)
      return { ...recordOf(requireReversed(settled?.redemption ?? redemption, settled?.refusal)), isRepeat }
    },

    /** Whether a code could be used now, and what it is. Leaves no trace. */
    check: async (command: CheckCouponCommand): Promise<CodeDetails> => {
      const setup = context.setup.current()
      checkTill(setup, command)
      const ask = { ...command, sealed: { hash: codeHash(keyring, command.code) } }
      const holders = await loadHolders(database.sql, [ask], setup)
      const route = requireFree({ setup, guesses: context.guesses, holders }, ask, now())
      const answer = await inTime(prepare?.(redeemAskOf(setup, { ...command, ...route, at: now() })))
      if (answer?.kind === 'accepted') return answer
      if (answer?.kind !== 'refused') return refuse('supplier_unanswered', 'the supplier does not answer')
      if (answer.reason === 'coupon_not_found') context.guesses.remember(command.acceptorId, command.shopNo, now())
      return refuseInWords({ code: answer.reason ?? 'supplier_rejected', words: answer.message })
    },

    lookUp: (question: RedemptionQuestion) => lookUpForeign(context, question),

    settle,
    /** See `askForeignAgain` and `giveUpForeign`. */
    askAgain: (operator: Operator, no: string) => askForeignAgain(context.hub, operator, no),
    giveUp: (operator: Operator, no: string, words: string) =>
      giveUpForeign(context.hub, settle, operator, { no, words }),
  }
}

async function inTime<Answer>(answer: Promise<Answer> | undefined): Promise<Answer | undefined> {
  if (answer === undefined) return undefined
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patienceMilliseconds, undefined)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
