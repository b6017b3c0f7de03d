import type { RedemptionDetail } from '../../db/redemptions.ts'
import type { Nonce, Till } from './callers.ts'
import type { Card, Good } from '../rules/index.ts'
import type { Command } from './command.ts'

/** What is paid at the till, in fen, and for what; absent where the till did not say. */
export type Payment = { amountFen?: number | undefined; goods?: Good[] | undefined }

/** By which routes a till's codes may go; absent where its wire knows none. */
export type Routing = {
  routing?:
    | {
        /** The route that the till asks for; absent: whatever honours the code, own and pooled codes first. */
        channelType?: string | undefined
        /** The routes that this payment may not go by: it has had another discount. */
        excluded: readonly string[]
      }
    | undefined
}

/** What rules may know of a redemption besides its coupon and its till. */
export type RuleInput = { card?: Card | undefined; cityId?: string | undefined; tid?: string | undefined }

/** Use a coupon at a till. */
export type RedeemCommand = Command &
  Till &
  Payment &
  Routing &
  RuleInput & {
    code: string
    /** What the till calls the request: a repeat under the same scope hears the first answer. See `requestScope`. */
    scopeHash: Buffer
    /** False where the scope only marks this very message (the till gave no number): a repeat hears that the coupon is used. */
    isRepeatable: boolean
    traceNo?: string | undefined
    /** What the holder paid, in fen; at most `amountFen`. */
    realAmountFen?: number | undefined
    fingerprint: Buffer
    nonce?: Nonce | undefined
    /** What the till said besides, to be read again. */
    detail?: RedemptionDetail
  }
