import type { CheckCouponCommand, CheckCouponOutcome } from '../redeem/check-coupon.ts'
import { HubError } from '../command/errors.ts'
import type { Foreign } from './foreign.ts'
import type { ForeignRecord } from './record.ts'
import type { RedemptionAnswer, RedemptionQuestion } from '../redeem/look-up-redemption.ts'
import type { RedeemCommand } from '../command/redeem.ts'
import type { RedeemOutcome } from '../redeem/redeem.ts'
import type { ReverseCommand, ReverseOutcome } from '../redeem/reverse.ts'
import { elsewhere, type Elsewhere } from '../redeem/routes.ts'

export type { CodeDetails } from '../../suppliers/supplier.ts'

/** The verbs over our own and pooled codes, which say of what is none of theirs that it is elsewhere. */
export type OwnVerbs = {
  redeem: (command: RedeemCommand) => Promise<RedeemOutcome | Elsewhere>
  reverse: (command: ReverseCommand) => Promise<ReverseOutcome | Elsewhere>
  checkCoupon: (command: CheckCouponCommand) => Promise<CheckCouponOutcome | Elsewhere>
  lookUpRedemption: (question: RedemptionQuestion) => Promise<RedemptionAnswer>
}

/** The same for tills whose codes may be a supplier's as well: own and pooled codes come first, whatever is asked. */
export function createRouted(own: OwnVerbs, foreign: Foreign) {
  return {
    redeem: async (command: RedeemCommand): Promise<RedeemOutcome | ForeignRecord> => {
      const outcome = await own.redeem(command)
      return outcome === elsewhere ? foreign.redeem(command) : outcome
    },
    reverse: async (command: ReverseCommand) => {
      const outcome = await own.reverse(command)
      return outcome === elsewhere ? foreign.reverse(command) : outcome
    },
    checkCoupon: async (command: CheckCouponCommand) => {
      const outcome = await own.checkCoupon(command)
      return outcome === elsewhere ? { kind: 'foreign' as const, details: await foreign.check(command) } : outcome
    },
    lookUpRedemption: async (question: RedemptionQuestion): Promise<RedemptionAnswer | ForeignRecord> => {
      try {
        return await own.lookUpRedemption(question)
      } catch (error) {
        if (error instanceof HubError && error.code === 'redemption_not_found') return foreign.lookUp(question)
        throw error
      }
    },
  }
}
