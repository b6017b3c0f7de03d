import type { CouponRow } from '../../db/coupons.ts'
import type { CoreContext, Verb } from '../batch/verb.ts'
import { HubError } from '../command/errors.ts'
import type { Amounts } from './amounts.ts'
import { checkFound, checkUse } from './checks.ts'
import type { Payment, RuleInput, Routing } from '../command/redeem.ts'
import { checkTill, type Till } from '../command/callers.ts'
import { elsewhere, isForSupplier, type Elsewhere } from './routes.ts'
import { loadRedeem, type RedeemWorld } from './load.ts'
import { templateOf, type Template } from '../set-up/snapshot.ts'
import type { Command } from '../command/command.ts'

/** Ask whether a coupon could be redeemed now at this till, without doing it. */
export type CheckCouponCommand = Command & Till & Payment & Routing & RuleInput & { code: string }

/** What `redeem` would refuse with, or what it would take off. */
export type CheckCouponOutcome = { coupon: CouponRow; template: Template } & (
  { refusal: HubError } | { refusal: undefined; amounts: Amounts }
)

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
    const { amounts } = checkUse(world, command, coupon, merchant, now)
    return { coupon, template, refusal: undefined, amounts }
  } catch (error) {
    if (!(error instanceof HubError)) throw error
    return { coupon, template, refusal: error }
  }
}
