import type { CouponRow } from '../../db/coupons.ts'
import type { CoreContext, Verb } from '../batch/verb.ts'
import { HubError } from '../command/errors.ts'
import { checkFound, checkRedeemable } from './checks.ts'
import type { Payment, RuleInput, Routing } from '../command/redeem.ts'
import { checkTill, type Till } from '../command/callers.ts'
import { checkExcluded, elsewhere, isForSupplier, type Elsewhere } from './routes.ts'
import { passRules } from '../decision/ask-rules.ts'
import { loadRedeem, type RedeemWorld } from './load.ts'
import { templateOf, type Template } from '../set-up/snapshot.ts'
import type { Command } from '../command/command.ts'

/** Ask whether a coupon could be redeemed now at this till, without doing it. */
export type CheckCouponCommand = Command & Till & Payment & Routing & RuleInput & { code: string }

export type CheckCouponOutcome = {
  coupon: CouponRow
  template: Template
  /** What `redeem` would refuse with; undefined where it would succeed. */
  refusal: HubError | undefined
}

type Checked = CheckCouponOutcome | Elsewhere

/** Loads and decides as `redeem` does, and saves nothing. A code that names no coupon is refused. */
export function createCheckCoupon(core: CoreContext): Verb<CheckCouponCommand, RedeemWorld, Checked> {
  return {
    name: 'check-coupon',
    load: (tx, commands, setup) => loadRedeem(core, tx, commands, setup),
    decide: (world, command, now) => ({ outcome: decideCheck(world, command, now) }),
  }
}

function decideCheck(world: RedeemWorld, command: CheckCouponCommand, now: Date): Checked {
  const { merchant } = checkTill(world.setup, command)
  const found = world.coupons.get(command.code)
  if (isForSupplier(world.setup, command, found !== undefined)) return elsewhere
  const coupon = checkFound(found, world.guesses, command, now)
  const template = templateOf(world.setup, coupon)
  try {
    checkRedeemable(world.setup, coupon, command, merchant, command, now)
    checkExcluded(command, command.routing?.channelType)
    passRules(world.asked.get(command.no)!, world.inUse, now)
    return { coupon, template, refusal: undefined }
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    return { coupon, template, refusal: error }
  }
}
