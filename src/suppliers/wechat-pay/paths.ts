// The paths of WeChat Pay's cash coupons (代金券), API v3.
const favor = '/v3/marketing/favor'

const query = (fields: Record<string, string>): string => `?${new URLSearchParams(fields).toString()}`

export const isOpenid = (text: string): boolean => /^[\x21-\x7e]{1,128}$/.test(text)

export const couponsPath = (openid: string): string => `${favor}/users/${encodeURIComponent(openid)}/coupons`

export const couponPath = (openid: string, couponId: string, appid: string): string =>
  `${couponsPath(openid)}/${encodeURIComponent(couponId)}${query({ appid })}`

export const stockPath = (stockId: string, creator: string): string =>
  `${favor}/stocks/${encodeURIComponent(stockId)}${query({ stock_creator_mchid: creator })}`

/** The uses or refunds of a stock, in all or on one day. */
export const statementPath = (stockId: string, kind: 'use' | 'refund', day?: string): string => {
  const path = `${favor}/stocks/${encodeURIComponent(stockId)}/${kind}-flow`
  return day === undefined ? path : `${path}-by-day${query({ bill_date: day })}`
}
