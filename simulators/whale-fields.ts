import { randomInt, randomUUID } from 'node:crypto'
import type { JsonObject } from './json.ts'
import { toShanghaiDigits } from './shanghai-time.ts'

/** Who pays for a coupon, in fen; the three shares add up to its face value. */
export type MakeFundsChannel = { channelBenefit: number; merchantBenefit: number; userRealAmount: number }

/** What a channel orders (Whale, ESB制码订单). Numbers that are absent are made up. */
export type WhaleOrder = {
  saleChannelOrderId?: string
  requestId?: string
  remark?: string
  /** Asks for a text message to the holder. */
  notifyType?: { mobilePhone: string }
  item: {
    ticketId: number | string
    makeFundsChannel: MakeFundsChannel
    saleChannelItemId?: string
    /** Days from the day made until the codes are valid: 0 at once (where absent), −1 not until they are activated. */
    commissionDate?: string
    /** Ten where absent, as in the document's example. */
    validDays?: number
    /** One where absent. */
    codeNum?: number
  }
}

export type StoreInfo = {
  cityId?: string
  swift?: string
  tid?: string
  mid?: string
  shopNo?: string
  storeName?: string
}

/** A line of the cart; `price` in fen, for one piece. */
export type GoodsLine = { sku: string; qty: number; price: number; type?: string; spec?: string }

/** What a till sends when a coupon is used; `cashTotalAmount` in fen. Numbers that are absent are made up. */
export type WhaleRedemption = {
  code: string
  verifyScene?: 'offline' | 'online'
  /** `Y` where there are goods and `N` where there are none, unless it is given. */
  isProductCheck?: 'Y' | 'N'
  requestId?: string
  refNo?: string
  cashierTransNo?: string
  storeInfo?: StoreInfo
  cashTotalAmount?: number | string
  goodsDetail?: readonly GoodsLine[]
  cardNo?: string
  remark?: string
}

const randomDigits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('')

/** 32 characters, the longest that the wire takes. */
export const makeRequestId = (): string => randomUUID().replaceAll('-', '')

/** The fields of MakeCode but `saleChannelId`. */
export function orderFields({ item, ...order }: WhaleOrder, now: Date): JsonObject {
  const saleChannelOrderId = order.saleChannelOrderId ?? toShanghaiDigits(now) + randomDigits(10)
  return {
    ...order,
    saleChannelOrderId,
    requestId: order.requestId ?? makeRequestId(),
    item: { saleChannelItemId: saleChannelOrderId, commissionDate: '0', validDays: 10, codeNum: 1, ...item },
  }
}

/** The fields of CodeVerify but `saleChannelId`. */
export const redemptionFields = (redemption: WhaleRedemption, now: Date): JsonObject => ({
  verifyScene: 'offline',
  isProductCheck: redemption.goodsDetail === undefined ? 'N' : 'Y',
  requestId: makeRequestId(),
  refNo: randomDigits(12),
  cashierTransNo: toShanghaiDigits(now) + randomDigits(6),
  ...redemption,
})
