import type { Command } from 'commander'
import type { CouponAct } from '../core/coupon/acts.ts'
import { stateAt } from '../core/coupon/coupon.ts'
import { laneIndexOf } from '../core/numbers/lanes.ts'
import { makeNumber } from '../core/numbers/numbers.ts'
import { findCoupon, referenceTo } from './coupon-find.ts'
import type { CommandContext } from './context.ts'
import { addReason } from './options.ts'
import type { Report } from './output.ts'
import { time } from './parse.ts'
import type { Run } from './run.ts'
import { showTime } from './show.ts'

const patienceMilliseconds = 30_000

type Manual = Exclude<CouponAct, 'expire'>

const descriptions: Record<Manual, string> = {
  void: 'void a coupon for ever (券码已退款); what it took from stock and limits comes back',
  freeze: 'let a coupon be redeemed no more until it is unfrozen',
  unfreeze: 'let a frozen coupon be redeemed again',
  delay: 'give a coupon another end; an expired one is valid again',
  activate: 'let a coupon be redeemed that was made inactive',
}

export function registerCouponActs(group: Command, run: Run): void {
  for (const act of ['void', 'freeze', 'unfreeze', 'delay', 'activate'] as const) {
    const command = addReason(group.command(`${act} <coupon>`).description(descriptions[act]))
    if (act === 'delay') command.requiredOption('--until <time>', 'the first instant at which it is over', time)
    command.action(run.onHub((context, { until }: { until?: Date }, named) => change(context, act, named, until)))
  }
}

const pastWords: Record<Manual, string> = {
  void: 'voided',
  freeze: 'frozen',
  unfreeze: 'unfrozen',
  delay: 'delayed',
  activate: 'activated',
}

async function change(context: CommandContext, act: Manual, named: string, until: Date | undefined): Promise<Report> {
  const core = await context.core()
  const found = await findCoupon(core, named)
  const now = core.hub.now()
  const subject = referenceTo(found)
  const { coupon, isChanged } = await core.changeCoupon({
    no: makeNumber(laneIndexOf(found.lane), now),
    deadline: new Date(now.getTime() + patienceMilliseconds),
    act,
    coupon: found,
    until,
    operator: context.operator,
  })
  const state = stateAt(coupon, core.hub.now())
  const words = isChanged ? `is ${pastWords[act]}` : 'was so already, nothing was changed'
  const lines = [`Coupon ${subject} ${words}: ${state}, valid until ${showTime(coupon.validUntil)}.`]
  return { value: { reference: subject, act, isChanged, state, validUntil: coupon.validUntil }, lines }
}
