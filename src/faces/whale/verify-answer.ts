import { pairKey, type Setup, type Template } from '../../core/set-up/snapshot.ts'
import type { RedeemOutcome } from '../../core/redeem/redeem.ts'
import { formatShanghaiCompact } from '../../time/shanghai.ts'
import { fundsOf } from '../../core/redeem/amounts.ts'
import { success } from './inserted.ts'

type Redemption = RedeemOutcome['redemption']

/** A redemption with what its answer needs besides. */
type Verified = { redemption: Redemption; code: string; usesLeft: number }

/**
 * What CodeVerify and CodeVerifyQuery answer: the till's table at the top, and `data` with who bears what. Balances
 * mean nothing here; `rightsTimes` is how often the coupon may still be used.
 */
export function verifyAnswer(setup: Setup, { redemption, code, usesLeft }: Verified) {
  const template = setup.templates.get(redemption.templateId)
  if (template === undefined) throw new Error(`template ${redemption.templateId} of a redemption is missing`)
  const { detail } = redemption
  return {
    ...success,
    returnDesc: success.returnMsg,
    traceNo: detail.cashierTransNo ?? redemption.traceNo ?? '',
    orderNo: redemption.no,
    transDate: formatShanghaiCompact(redemption.createdAt),
    rightsTimes: usesLeft,
    moneyBalance: 0,
    pointBalance: 0,
    printDetail: printDetailOf(redemption, template),
    data: dataOf(setup, redemption, template, code),
  }
}

const printDetailOf = ({ no, detail }: Redemption, { settings }: Template) => ({
  ...settings.print,
  ...(detail.card === undefined ? {} : { cardNo64: detail.card.masked }),
  paymentOrderNo: no,
  ...(detail.discount === undefined || detail.discount.cashierCodes.length === 0
    ? {}
    : { cashierCode: detail.discount.cashierCodes.join(',') }),
})

function dataOf(setup: Setup, redemption: Redemption, template: Template, code: string) {
  const { activityId, detail } = redemption
  return {
    cashTotalAmount: redemption.amountFen ?? undefined,
    fundsChannel: fundsChannelOf(redemption),
    goodsDetail: detail.goods?.map(({ priceFen, ...good }, line) => ({
      ...good,
      price: priceFen,
      discountAmount: detail.discount?.lineFen[line] ?? 0,
    })),
    code,
    ticketId: setup.activityTemplates.get(pairKey(activityId, template.id))?.ticketId,
    ticketName: template.name,
    activityNo: activityId,
    activityName: setup.activities.get(activityId)?.name,
    printData: template.settings.print,
  }
}

function fundsChannelOf(redemption: Redemption) {
  const { amountFen, detail } = redemption
  const funds = fundsOf(redemption)
  const discountAmount = funds.channelBenefit + funds.merchantBenefit + funds.userRealAmount
  const booked = amountFen === null ? undefined : Math.max(0, amountFen - discountAmount)
  return {
    totalAmount: amountFen ?? undefined,
    discountAmount,
    // What the till books: as a rule says, or else the cart less the discount.
    merchantRealAmount: detail.discount?.netFen ?? booked,
    ...funds,
  }
}
