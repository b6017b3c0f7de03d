import type { CouponRow } from '../../db/coupons.ts'
import type { RedemptionDetail, RedemptionRow } from '../../db/redemptions.ts'
import type { OrderTerms } from '../../db/orders.ts'
import { laneIndexOf, withLaneIndex } from '../numbers/numbers.ts'
import type { RedeemCommand } from '../command/redeem.ts'
import { shareByLine, type CartDiscount, type Good, type RulesPassed } from '../rules/index.ts'
import type { Amounts } from './amounts.ts'

/** The redemption of a coupon, as it stands right after it was decided: done, or waiting for the coupon's supplier. */
export function makeRedemption(
  command: RedeemCommand,
  coupon: CouponRow,
  amounts: Amounts,
  { uses, discount }: RulesPassed,
  funds: OrderTerms['funds'],
  isPending: boolean,
  now: Date,
): RedemptionRow {
  return {
    lane: coupon.lane,
    no: withLaneIndex(command.no, laneIndexOf(coupon.lane)),
    sourceId: coupon.sourceId,
    serial: coupon.serial,
    orderNo: coupon.orderNo,
    channelId: coupon.channelId,
    activityId: coupon.activityId,
    templateId: coupon.templateId,
    acceptorId: command.acceptorId,
    merchantNo: command.merchantNo,
    shopNo: command.shopNo,
    traceNo: command.traceNo ?? null,
    state: isPending ? 'pending' : 'succeeded',
    ...amounts,
    realAmountFen: command.realAmountFen ?? null,
    fingerprint: command.fingerprint,
    createdAt: now,
    reversedAt: null,
    uses,
    usesReturned: null,
    settledAt: null,
    toldBy: null,
    usedAt: null,
    detail: detailOf(command, discount, funds),
  }
}

function detailOf(
  { detail, card, cityId, tid, goods, channelId }: RedeemCommand,
  discount: CartDiscount | null,
  funds: OrderTerms['funds'],
): RedemptionDetail {
  const said: RedemptionDetail = { ...detail }
  if (channelId !== undefined) said.isByChannel = true
  if (funds !== undefined) said.funds = funds
  if (card !== undefined) said.card = { hash: card.hash, masked: card.masked }
  if (cityId !== undefined) said.cityId = cityId
  if (tid !== undefined) said.tid = tid
  if (goods !== undefined) said.goods = goods.map(withoutAbsent)
  if (discount === null) return said
  const { faceFen, netFen, reduceFen, merchantFen, cashierCodes } = discount
  const lineFen = lineDiscounts(goods ?? [], discount)
  return { ...said, discount: { faceFen, netFen, reduceFen, merchantFen, cashierCodes, lineFen } }
}

function lineDiscounts(goods: Good[], { rules }: CartDiscount): number[] {
  const lineFen = goods.map(() => 0)
  if (goods.length === 0) return lineFen
  for (const rule of rules) {
    for (const { line, discountFen } of shareByLine({ goods, hasGoods: true }, rule)) lineFen[line]! += discountFen
  }
  return lineFen
}

function withoutAbsent({ sku, type, spec, qty, priceFen }: Good): NonNullable<RedemptionDetail['goods']>[number] {
  return {
    ...(sku === undefined ? {} : { sku }),
    ...(type === undefined ? {} : { type }),
    ...(spec === undefined ? {} : { spec }),
    qty,
    priceFen,
  }
}
