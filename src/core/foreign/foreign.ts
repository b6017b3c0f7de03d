import { readForeignRedemptions, type ForeignRedemptionRow } from '../../db/foreign-redemptions.ts'
import type { CodeAnswer, CodeDetails, RedeemAsk } from '../../suppliers/supplier.ts'
import { within } from '../../time/waiting.ts'
import type { RunOptions } from '../batch/batch.ts'
import type { CoreContext } from '../batch/verb.ts'
import type { Shop } from '../batch/guess-limit.ts'
import { createPending, type Pending } from '../batch/pending.ts'
import { createRunner } from '../batch/run.ts'
import { checkTill } from '../command/callers.ts'
import { refuse, type HubError } from '../command/errors.ts'
import type { Operator } from '../command/command.ts'
import type { RedeemCommand } from '../command/redeem.ts'
import { codeHash } from '../keys/hashes.ts'
import type { CheckCouponCommand } from '../redeem/check-coupon.ts'
import type { RedemptionQuestion } from '../redeem/look-up-redemption.ts'
import type { ReverseCommand } from '../redeem/reverse.ts'
import { codeFor, routeOf, type Routed } from '../redeem/routes.ts'
import { patienceMilliseconds } from '../settle/settled.ts'
import { askForeignAgain, giveUpForeign } from './acts.ts'
import { redeemAskOf, createRedeemForeign, loadHolders, requireFree } from './redeem.ts'
import { lookUpForeign, refuseInWords, requireReversed, requireUsed, type ForeignAnswer } from './answer.ts'
import { createReverseForeign } from './reverse.ts'
import { createSettleForeign, stepOf, type SettleForeignCommand, type SettleForeignOutcome } from './settle.ts'

/** Asks a supplier whether its code may be used now. Never rejects. */
export type Prepare = (ask: RedeemAsk) => Promise<CodeAnswer>

type ForeignOptions = {
  runOptions: RunOptions
  /** Hears of every redemption that was refused before its supplier was asked, once. */
  onRefused: (command: RedeemCommand, refusal: HubError) => void
}

export type Foreign = ReturnType<typeof createForeign>

type Waiting = Pending<SettleForeignOutcome, ForeignRedemptionRow>

/** What tills do with suppliers' codes. What is decided here is no coupon of ours: that was looked at before. */
export function createForeign(context: CoreContext, { runOptions, onRefused }: ForeignOptions) {
  const pending: Waiting = createPending()
  const runRedeem = createRunner(runOptions, createRedeemForeign(context, pending.claimId), onRefused)
  const runReverse = createRunner(runOptions, createReverseForeign(context, pending.claimId))
  const runSettle = createRunner(runOptions, createSettleForeign(context))
  const { keyring } = context.hub
  const recordOf = (redemption: ForeignRedemptionRow): ForeignAnswer => ({
    kind: 'foreign',
    redemption,
    code: keyring.decrypt(redemption.code),
  })
  let prepare: Prepare | undefined
  const settle = async (command: SettleForeignCommand): Promise<SettleForeignOutcome> =>
    afterSettling(context, pending, command, await runSettle(command))
  return {
    pending,
    /** Takes whoever has a way out to suppliers, for questions that leave no trace. */
    prepareBy: (given: Prepare) => {
      prepare = given
    },
    /** Refuses with `supplier_unanswered` while the supplier is silent, and with its reason where it says no. */
    redeem: async (command: RedeemCommand): Promise<ForeignAnswer> => {
      const code = codeByRoute(context, command)
      const sealed = { code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }
      const { redemption, isRepeat } = await runRedeem({ ...command, code, sealed })
      const settled = isRepeat ? redemption : (await settledOf(context, pending, redemption, true)).redemption
      return recordOf(requireUsed(settled))
    },
    /** Refuses with `supplier_unanswered` while the supplier has not said whether it takes the use back. */
    reverse: async (command: ReverseCommand): Promise<ForeignAnswer & { isRepeat: boolean }> => {
      const { redemption, isRepeat, isAsked } = await runReverse(command)
      const isOver = stepOf(redemption) === undefined
      if (isOver) pending.settled(redemption.no, { redemption, isHeard: true })
      const settled = isOver ? undefined : await settledOf(context, pending, redemption, isAsked)
      return { ...recordOf(requireReversed(settled?.redemption ?? redemption, settled?.refusal)), isRepeat }
    },
    check: (command: CheckCouponCommand) =>
      checkForeign(context, { ...command, code: codeByRoute(context, command) }, prepare),
    lookUp: (question: RedemptionQuestion) => lookUpForeign(context, question),
    /** Writes down what a supplier said, and wakes who waits for the end of it. */
    settle,
    /** See `askForeignAgain` and `giveUpForeign`. */
    askAgain: (operator: Operator, no: string) => askForeignAgain(context.hub, operator, no),
    giveUp: (operator: Operator, no: string, words: string) =>
      giveUpForeign(context.hub, settle, operator, { no, words }),
  }
}

/** The code as its supplier knows it, where a person has typed it. */
function codeByRoute({ setup }: CoreContext, asked: Routed): string {
  const route = routeOf(setup.current(), asked)
  return route === undefined ? asked.code : codeFor(route, asked.code)
}

/** What became of a redemption within a till's patience, whoever has heard it. */
async function settledOf(
  { hub }: CoreContext,
  pending: Waiting,
  redemption: ForeignRedemptionRow,
  isAsked: boolean,
): Promise<SettleForeignOutcome> {
  const heard = isAsked
    ? await pending.await(redemption, patienceMilliseconds)
    : await pending.wait(redemption.no, patienceMilliseconds)
  if (heard !== undefined) return heard
  const [row] = await readForeignRedemptions(hub.database.sql, [redemption])
  return { redemption: row ?? redemption, isHeard: false }
}

/** A code that its supplier does not know counts as a guess, unless an operator speaks in the supplier's place. */
function afterSettling(
  { guesses, hub }: CoreContext,
  pending: Waiting,
  { said, operator }: SettleForeignCommand,
  outcome: SettleForeignOutcome,
): SettleForeignOutcome {
  const { redemption, isHeard } = outcome
  const reason = said.kind === 'refused' && operator === undefined ? said.reason : undefined
  if (isHeard && reason !== undefined)
    guesses.count(guessOf(redemption, redemption.codeHash), { code: reason }, hub.now())
  if (stepOf(redemption) === undefined) pending.settled(redemption.no, outcome)
  return outcome
}

const guessOf = ({ acceptorId, shopNo }: Shop, hash: Buffer) => ({ acceptorId, shopNo, code: hash.toString('hex') })

/** Whether a code could be used now, and what it is. Leaves no trace. */
async function checkForeign(
  { hub, setup: cache, guesses }: CoreContext,
  command: CheckCouponCommand,
  prepare: Prepare | undefined,
): Promise<CodeDetails> {
  const { database, keyring, now } = hub
  const setup = cache.current()
  checkTill(setup, command)
  const ask = { ...command, sealed: { hash: codeHash(keyring, command.code) } }
  const holders = await loadHolders(database.sql, [ask], setup)
  const route = requireFree({ setup, guesses: guesses.look(), holders }, ask, now())
  const asked = prepare?.(redeemAskOf(setup, { ...command, ...route, at: now() }))
  const answer = asked && (await within(patienceMilliseconds, asked))?.value
  if (answer?.kind === 'accepted') return answer
  if (answer?.kind !== 'refused') return refuse('supplier_unanswered', 'the supplier does not answer')
  const refusal = { code: answer.reason ?? 'supplier_rejected', words: answer.message } as const
  guesses.count(guessOf(command, ask.sealed.hash), refusal, now())
  return refuseInWords(refusal)
}
