/** Who bears a discount, in fen. The three add up to it. */
type Funds = { channelBenefit: number; merchantBenefit: number; userRealAmount: number }

type FundsTerms = { channelBenefitFen: number; merchantBenefitFen: number; userRealAmountFen: number }

/**
 * Shares a discount out: first what rules say that the merchant bears, the rest in the proportions that the order gave
 * (without them the channel bears it, but for the merchant's own part of the template). Adds up to the fen.
 */
export function shareFunds(
  discountFen: number,
  { terms, ruledFen, merchantFen }: { terms: FundsTerms | undefined; ruledFen: number; merchantFen: number },
): Funds {
  const ruled = Math.min(ruledFen, discountFen)
  const rest = discountFen - ruled
  if (terms === undefined) {
    const merchant = Math.min(merchantFen, rest)
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
