import { templateOf } from '../set-up/snapshot.ts'
import type { Payment, Routing } from '../command/redeem.ts'
import type { Till } from '../command/callers.ts'
import type { CouponRow } from '../../db/coupons.ts'
import type { OrderTerms } from '../../db/orders.ts'
import { refuseUnlessUsable } from '../coupon/coupon.ts'
import { passRules } from '../decision/ask-rules.ts'
import type { RulesPassed } from '../rules/index.ts'
import { amountsOf, refuseNothingOff, type Amounts } from './amounts.ts'
import type { RedeemWorld } from './load.ts'
import { checkExcluded } from './routes.ts'
import { refuse } from '../command/errors.ts'
import type { Guesses } from '../batch/guess-limit.ts'
import type { Merchant, Setup, Template } from '../set-up/snapshot.ts'

/** Refuses a shop that has tried too many unknown codes. */
export function checkGuesses(guesses: Guesses, till: Till, now: Date): void {
  if (!guesses.isStopped(till, now)) return
  refuse('too_many_guesses', `shop ${till.shopNo} has tried too many unknown codes`)
}

/** Refuses a code that names no coupon, and a shop that has tried too many of them. */
export function checkFound(
  coupon: CouponRow | undefined,
  guesses: Guesses,
  till: Till & { code: string },
  now: Date,
): CouponRow {
  checkGuesses(guesses, till, now)
  // Another channel's coupon is as unknown as a code that nobody made.
  if (coupon !== undefined && (till.channelId ?? coupon.channelId) === coupon.channelId) return coupon
  guesses.add(till)
  return refuse('coupon_not_found', 'the code names no coupon')
}

/** What a use of a coupon would be. */
export type Usable = { template: Template; ruled: RulesPassed; amounts: Amounts; funds: OrderTerms['funds'] }

/** Refuses a use of a coupon that its state, its template, its route or a rule forbids, or that would take nothing off. */
export function checkUse(
  world: Pick<RedeemWorld, 'setup' | 'asked' | 'inUse' | 'orders'>,
  command: Till & Payment & Routing & { no: string },
  coupon: CouponRow,
  merchant: Merchant,
  now: Date,
): Usable {
  const template = checkRedeemable(world.setup, coupon, command, merchant, command, now)
  checkExcluded(command, command.routing?.channelType)
  const ruled = passRules(world.asked.get(command.no)!, world.inUse, now)
  const funds = world.orders.get(coupon.orderNo)?.terms.funds
  const amounts = amountsOf(coupon, { template, payment: command, discount: ruled.discount, funds })
  refuseNothingOff(template, amounts, command)
  return { template, ruled, amounts, funds }
}

/** Refuses a coupon that this till may not redeem now for this payment. */
function checkRedeemable(
  setup: Setup,
  coupon: CouponRow,
  till: Till,
  merchant: Merchant,
  payment: Payment,
  now: Date,
): Template {
  refuseUnlessUsable(coupon, now)
  const template = templateOf(setup, coupon)
  if (!isRedeemableAt(template, till, merchant)) {
    refuse('coupon_not_redeemable_here', `template ${template.id} is not redeemed at shop ${till.shopNo}`)
  }
  checkNeeds(template, payment)
  if (template.minOrderFen > 0 && (payment.amountFen ?? 0) < template.minOrderFen) {
    refuse('order_amount_too_small', `template ${template.id} needs an order of ${template.minOrderFen} fen`, {
      field: 'amount',
    })
  }
  return template
}

// Of the four types of tickets, two are worth an amount of what is paid, and two stand for goods.
function checkNeeds({ id, settings: { ticketType } }: Template, { amountFen, goods }: Payment): void {
  if (ticketType === undefined) return
  if (ticketType <= 2 && amountFen === undefined) {
    refuse('bad_request', `amount: template ${id} needs what is to be paid`, { field: 'amount' })
  }
  if (ticketType >= 3 && (goods === undefined || goods.length === 0)) {
    refuse('bad_request', `goodsDetail: template ${id} needs the goods of the cart`, { field: 'goodsDetail' })
  }
}

function isRedeemableAt({ redeemableAt: place }: Template, till: Till, merchant: Merchant): boolean {
  switch (place.kind) {
    case 'nowhere':
      return false
    case 'everywhere':
      return true
    case 'acceptors':
      return place.acceptors.includes(till.acceptorId)
    case 'brand':
      return merchant.brand === place.brand
    case 'merchants':
      return place.acceptor === till.acceptorId && place.merchants.includes(till.merchantNo)
    case 'shops':
      return place.acceptor === till.acceptorId && place.shops.includes(till.shopNo)
  }
}
