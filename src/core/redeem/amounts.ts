import type { CouponRow } from '../../db/coupons.ts'
import type { OrderTerms } from '../../db/orders.ts'
import { discountOf, type RedemptionRow } from '../../db/redemptions.ts'
import { refuse } from '../command/errors.ts'
import type { Payment } from '../command/redeem.ts'
import { amountToPay, takenOff, worthOf, type CartDiscount } from '../rules/index.ts'
import type { Template } from '../set-up/snapshot.ts'

/** What a redemption is worth, in fen. Decided once, kept with it, and the same for whoever hears of it. */
export type Amounts = Pick<RedemptionRow, 'amountFen' | 'faceValueFen' | 'settleAmountFen'> & { discountFen: number }

/** What decides the amounts of a redemption besides its coupon. `discount` is what BuyGet rules gave instead of its face value. */
type Given = {
  template: Pick<Template, 'merchantBenefitFen'>
  payment: Payment
  discount: CartDiscount | null
  funds: OrderTerms['funds']
}

/** One amount for everybody (docs/faces/shoubei.md, `settle_amount`): the rules' discount, or else the face value, at most what is to be paid. */
export function amountsOf(
  coupon: Pick<CouponRow, 'faceValueFen'>,
  { template, payment, discount, funds: terms }: Given,
): Amounts {
  const amountFen = amountToPay(payment)
  const faceValueFen = discount?.faceFen ?? coupon.faceValueFen
  const discountFen = takenOff(faceValueFen, amountFen)
  const { merchantBenefitFen: merchantFen } = template
  const { merchantBenefit } = shareFunds(discountFen, { terms, ruledFen: discount?.merchantFen ?? 0, merchantFen })
  return { amountFen: amountFen ?? null, faceValueFen, discountFen, settleAmountFen: discountFen - merchantBenefit }
}

/**
 * Refuses with `order_amount_too_small` what would use a coupon up for nothing, since the order or the cart is 0. Tickets
 * for goods (types 3 and 4) take no money off.
 */
export function refuseNothingOff(
  { id, settings }: Template,
  { amountFen, discountFen }: Amounts,
  { goods }: Payment,
): void {
  const isForGoods = (settings.ticketType ?? 1) >= 3
  const isNothingPaid = amountFen === 0 || (goods !== undefined && goods.length > 0 && worthOf(goods) === 0)
  if (discountFen > 0 || isForGoods || !isNothingPaid) return
  refuse('order_amount_too_small', `template ${id} takes money off, and there is nothing to pay`, { field: 'amount' })
}

/** Who bears a discount, in fen. The three add up to it. */
type Funds = { channelBenefit: number; merchantBenefit: number; userRealAmount: number }

/** Who bears what a redemption took off, as it was decided then. */
export function fundsOf(
  redemption: Pick<RedemptionRow, 'discountFen' | 'faceValueFen' | 'settleAmountFen' | 'detail'>,
): Funds {
  const { settleAmountFen, detail } = redemption
  const discountFen = discountOf(redemption)
  const ruledFen = detail.discount?.merchantFen ?? 0
  return shareFunds(discountFen, {
    terms: detail.funds,
    ruledFen,
    merchantFen: discountFen - settleAmountFen - ruledFen,
  })
}

/**
 * Shares a discount out: first what rules say that the merchant bears, the rest in the proportions that the order gave
 * (without them the channel bears it, but for the merchant's own part of the template). Adds up to the fen.
 */
export function shareFunds(
  discountFen: number,
  { terms, ruledFen, merchantFen }: { terms: OrderTerms['funds']; ruledFen: number; merchantFen: number },
): Funds {
  const ruled = Math.min(ruledFen, discountFen)
  const rest = discountFen - ruled
  if (terms === undefined) {
    const merchant = Math.min(Math.max(0, merchantFen), rest)
    return { channelBenefit: rest - merchant, merchantBenefit: ruled + merchant, userRealAmount: 0 }
  }
  const { channelBenefitFen, merchantBenefitFen, userRealAmountFen } = terms
  const whole = channelBenefitFen + merchantBenefitFen + userRealAmountFen
  // Rounded on the way up, so that the parts are never negative and never more than the whole.
  const upTo = (fen: number): number => Number((BigInt(rest) * BigInt(fen) * 2n + BigInt(whole)) / (2n * BigInt(whole)))
  const channel = upTo(channelBenefitFen)
  const both = upTo(channelBenefitFen + merchantBenefitFen)
  return { channelBenefit: channel, merchantBenefit: ruled + both - channel, userRealAmount: rest - both }
}
