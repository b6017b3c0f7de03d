import type { CodeDetails } from '../../suppliers/supplier.ts'
import { HubError, refuse } from '../command/errors.ts'
import type { ChannelCaller } from '../command/callers.ts'
import type { RedeemCommand } from '../command/redeem.ts'
import type { CheckCouponCommand, CheckCouponOutcome } from '../redeem/check-coupon.ts'
import type { RedemptionAnswer, RedemptionQuestion } from '../redeem/look-up-redemption.ts'
import type { RedeemOutcome } from '../redeem/redeem.ts'
import type { ReverseCommand, ReverseOutcome } from '../redeem/reverse.ts'
import { elsewhere, type Elsewhere } from '../redeem/routes.ts'
import type { Foreign } from './foreign.ts'
import type { ForeignAnswer } from './answer.ts'

export type { CodeDetails }

/** The verbs over our own and pooled codes, which say of what is none of theirs that it is elsewhere. */
type OwnVerbs = {
  redeem: (command: RedeemCommand) => Promise<RedeemOutcome | Elsewhere>
  reverse: (command: ReverseCommand) => Promise<ReverseOutcome | Elsewhere>
  checkCoupon: (command: CheckCouponCommand) => Promise<CheckCouponOutcome | Elsewhere>
  lookUpRedemption: (question: RedemptionQuestion) => Promise<RedemptionAnswer>
}

// A code that is asked for by no route, and a channel's own redemption, are of our own coupons alone.
type ByChannel = { by: { channel: ChannelCaller } }

/** What a till hears of a supplier's code. */
type ForeignReversal = ForeignAnswer & { isRepeat: boolean }
type ForeignCheck = { kind: 'foreign'; details: CodeDetails }
type Redeemed<C> = 'routing' extends keyof C ? RedeemOutcome | ForeignAnswer : RedeemOutcome
type Checked<C> = 'routing' extends keyof C ? CheckCouponOutcome | ForeignCheck : CheckCouponOutcome
type Reversed<C> = C extends ByChannel ? ReverseOutcome : ReverseOutcome | ForeignReversal
type Found<Q> = Q extends ByChannel ? RedemptionAnswer : RedemptionAnswer | ForeignAnswer

/** What is asked about codes, whoever made them: own and pooled codes come first, and a supplier's go by their route. */
type Tills = {
  /**
   * Uses a code. Refuses with `supplier_unanswered` while the code's supplier is silent, and `supplier_rejected` where it
   * says no.
   */
  redeem: <C extends RedeemCommand>(command: C) => Promise<Redeemed<C>>
  reverse: <C extends ReverseCommand>(command: C) => Promise<Reversed<C>>
  checkCoupon: <C extends CheckCouponCommand>(command: C) => Promise<Checked<C>>
  lookUpRedemption: <Q extends RedemptionQuestion>(question: Q) => Promise<Found<Q>>
}

export function createTills(own: OwnVerbs, foreign: Foreign): Tills {
  const tills = {
    redeem: async (command: RedeemCommand) => {
      const outcome = await own.redeem(command)
      return outcome === elsewhere ? foreign.redeem(requireRouted(command)) : outcome
    },
    reverse: async (command: ReverseCommand) => {
      const outcome = await own.reverse(command)
      return outcome === elsewhere ? foreign.reverse(command) : outcome
    },
    checkCoupon: async (command: CheckCouponCommand) => {
      const outcome = await own.checkCoupon(command)
      return outcome === elsewhere ? { kind: 'foreign' as const, details: await foreign.check(command) } : outcome
    },
    lookUpRedemption: async (question: RedemptionQuestion) => {
      try {
        return await own.lookUpRedemption(question)
      } catch (error) {
        if (error instanceof HubError && error.code === 'redemption_not_found') return foreign.lookUp(question)
        throw error
      }
    },
  }
  // Which of the two answers a command can have follows from the command, as the type says.
  return tills as Tills
}

/** Who asks by no route can only have found the number of somebody else's redemption. */
const requireRouted = (command: RedeemCommand): RedeemCommand =>
  command.routing === undefined
    ? refuse('redemption_not_found', 'the number names a redemption of a supplier’s code')
    : command
