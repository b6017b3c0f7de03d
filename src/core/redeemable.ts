import type { CouponRow } from '../db/coupons.ts'
import type { MerchantRow, ShopRow } from '../db/set-up.ts'
import { refuseUnlessUsable } from './coupon.ts'
import { refuse } from './errors.ts'
import type { GuessLimit } from './guess-limit.ts'
import type { Good } from './rules/index.ts'
import { pairKey, type Acceptor, type App, type Setup, type Template } from './set-up/snapshot.ts'

/** Who stands at the till, and what is paid there, in fen; absent where the till did not say. */
export type Till = {
  face: string
  appId: string
  acceptorId: string
  merchantNo: string
  shopNo: string
  /** The channel whose own coupons are redeemed, where a channel's app asks instead of an acceptor's. */
  channelId?: string | undefined
}
export type Payment = { amountFen?: number | undefined; goods?: Good[] | undefined }
/** What a till's names stand for. */
export type TillFound = { app: App; acceptor: Acceptor; merchant: MerchantRow; shop: ShopRow }

/** Refuses a till that may not redeem: its app, acceptor, merchant or shop is unknown or switched off. */
export function checkTill(setup: Setup, till: Till): TillFound {
  const app = setup.apps.get(pairKey(till.face, till.appId))
  if (app === undefined) return refuse('app_unknown', `there is no app ${till.appId}`)
  const acceptor = setup.acceptors.get(till.acceptorId)
  if (till.channelId !== undefined) checkChannel(setup, app, till.channelId)
  if (acceptor === undefined || (till.channelId === undefined && app.acceptorId !== acceptor.id)) {
    return refuse('app_unknown', `app ${app.id} does not act for acceptor ${till.acceptorId}`)
  }
  if (!app.isEnabled || !acceptor.isEnabled) refuse('app_disabled', `acceptor ${acceptor.id} is switched off`)
  const merchant = setup.merchants.get(pairKey(acceptor.id, till.merchantNo))
  if (merchant === undefined) {
    return refuse('merchant_unknown', `acceptor ${acceptor.id} has no merchant ${till.merchantNo}`, {
      field: 'merchant_no',
    })
  }
  const shop = setup.shops.get(pairKey(acceptor.id, till.shopNo))
  if (shop === undefined || shop.merchantNo !== merchant.no) {
    return refuse('merchant_unknown', `merchant ${merchant.no} has no shop ${till.shopNo}`, { field: 'shop_no' })
  }
  if (!merchant.isEnabled)
    refuse('merchant_disabled', `merchant ${merchant.no} is switched off`, { field: 'merchant_no' })
  if (!shop.isEnabled) refuse('merchant_disabled', `shop ${shop.no} is switched off`, { field: 'shop_no' })
  return { app, acceptor, merchant, shop }
}

/** A channel that asks about its own coupons, wherever they were used. */
export type ChannelCaller = { face: string; appId: string; channelId: string }

/** Refuses a channel's app that is unknown or switched off, and a channel that it does not act for. */
export function checkChannelCaller(setup: Setup, { face, appId, channelId }: ChannelCaller): void {
  const app = setup.apps.get(pairKey(face, appId))
  if (app === undefined) return refuse('app_unknown', `there is no app ${appId}`)
  if (!app.isEnabled) refuse('app_disabled', `app ${app.id} is switched off`)
  checkChannel(setup, app, channelId)
}

/** Refuses a channel that the app does not act for, or that is switched off. */
export function checkChannel(setup: Setup, app: App, channelId: string): void {
  const channel = setup.channels.get(channelId)
  if (channel === undefined || !app.channelIds.has(channel.id)) {
    return refuse('channel_unknown', `app ${app.id} does not act for channel ${channelId}`)
  }
  if (!channel.isEnabled) refuse('channel_disabled', `channel ${channel.id} is switched off`)
}

/** Refuses a shop that has tried too many unknown codes. */
export function checkGuesses(guesses: GuessLimit, { acceptorId, shopNo }: Till, now: Date): void {
  if (!guesses.isStopped(acceptorId, shopNo, now)) return
  refuse('too_many_guesses', `shop ${shopNo} has tried too many unknown codes`)
}

/** Refuses a code that names no coupon, and a shop that has tried too many of them. */
export function checkFound(coupon: CouponRow | undefined, guesses: GuessLimit, till: Till, now: Date): CouponRow {
  checkGuesses(guesses, till, now)
  // Another channel's coupon is as unknown as a code that nobody made.
  if (coupon !== undefined && (till.channelId ?? coupon.channelId) === coupon.channelId) return coupon
  guesses.remember(till.acceptorId, till.shopNo, now)
  return refuse('coupon_not_found', 'the code names no coupon')
}

/** Refuses a coupon that this till may not redeem now for this payment. */
export function checkRedeemable(
  setup: Setup,
  coupon: CouponRow,
  till: Till,
  merchant: MerchantRow,
  payment: Payment,
  now: Date,
): Template {
  refuseUnlessUsable(coupon, now)
  const template = setup.templates.get(coupon.templateId)
  if (template === undefined) throw new Error(`template ${coupon.templateId} of a coupon is missing`)
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

function isRedeemableAt({ redeemableAt: place }: Template, till: Till, merchant: MerchantRow): boolean {
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
