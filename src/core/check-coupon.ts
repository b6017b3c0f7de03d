import type { CouponRow } from '../db/coupons.ts'
import type { CoreContext } from './context.ts'
import { HubError } from './errors.ts'
import {
  checkFound,
  checkRedeemable,
  checkRoute,
  checkTill,
  type Payment,
  type Routing,
  type Till,
} from './redeemable.ts'
import { passRules } from './ask-rules.ts'
import type { RuleInput } from './redeem-command.ts'
import { loadRedeem, type RedeemWorld } from './redeem-load.ts'
import { templateOf } from './redeem.ts'
import type { Template } from './set-up/snapshot.ts'
import type { Command, Verb } from './verb.ts'

/** Ask whether a coupon could be redeemed now at this till, without doing it. */
export type CheckCouponCommand = Command & Till & Payment & Routing & RuleInput & { code: string }

export type CheckCouponOutcome = {
  coupon: CouponRow
  template: Template
  /** What `redeem` would refuse with; undefined where it would succeed. */
  refusal: HubError | undefined
}

/** Loads and decides as `redeem` does, and saves nothing. A code that names no coupon is refused. */
export function createCheckCoupon(core: CoreContext): Verb<CheckCouponCommand, RedeemWorld, CheckCouponOutcome, never> {
  return {
    name: 'check-coupon',
    load: (tx, commands, setup) => loadRedeem(core, tx, commands, setup),
    decide: (world, command, now) => ({ outcome: decideCheck(world, command, now) }),
    save: async () => {},
  }
}

function decideCheck(world: RedeemWorld, command: CheckCouponCommand, now: Date): CheckCouponOutcome {
  const { merchant } = checkTill(world.setup, command)
  checkRoute(command)
  const coupon = checkFound(world.coupons.get(command.code), world.guesses, command, now)
  const template = templateOf(world.setup, coupon)
  try {
    checkRedeemable(world.setup, coupon, command, merchant, command, now)
    passRules(world.asked.get(command.no)!, world.inUse, now)
    return { coupon, template, refusal: undefined }
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    return { coupon, template, refusal: error }
  }
}
