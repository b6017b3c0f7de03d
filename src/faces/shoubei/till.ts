import { refuse } from '../../core/command/errors.ts'
import { makeNumber } from '../../core/numbers/numbers.ts'
import type { Till } from '../../core/command/callers.ts'
import type { Routing } from '../../core/command/redeem.ts'
import type { Setup } from '../../core/set-up/snapshot.ts'
import type { Hub } from '../../hub.ts'
import { optionalFen, optionalId, optionalMatch, requiredId, lengthOfCode, optionalCode } from '../fields.ts'
import { face, type Caller } from './authenticate.ts'

/** Shoubei, 请求参数, `channel_type`: what the document calls each of its routes. */
export const channelTypeNames: ReadonlyMap<string, string> = new Map([
  ['10001', '东福'],
  ['10002', '口碑'],
  ['10003', '抖音'],
  ['10004', '美团'],
  ['10005', '苏打优选'],
  ['10006', '熊猫优福'],
  ['10007', '品诺福利'],
  ['10008', '中票优品'],
  ['10009', '可伴'],
  ['10013', '惠码通'],
])

/** Who has had another discount may not use these besides (`exc_discount_flag`). */
const exclusiveChannelTypes: readonly string[] = ['10005', '10009']

// Which fields the endpoints share, and what they are to the core.

/** Which merchant's shop asks: in every request. */
export const tillFields = { merchant_no: requiredId(32), shop_no: requiredId(32) }

const longestCode = 32
/** What a scanner reads may be a whole address. */
export const longestScanned = 512

/** The table says `coupon_code`, the example `couponCode`: both are taken. */
export const codeFields = { coupon_code: optionalCode(longestScanned), couponCode: optionalCode(longestScanned) }

/** What is asked of a coupon: the route, what is paid in fen, and whether another discount was had already. */
export const paymentFields = {
  channel_type: optionalMatch(/^\d{5}$/, 'five digits'),
  amount: optionalFen(),
  real_amount: optionalFen(),
  exc_discount_flag: optionalMatch(/^[01]$/, '0 or 1'),
}

type Payment = { channel_type?: string | undefined; exc_discount_flag?: string | undefined }

/** By which routes the code may go. */
export const routingOf = ({ channel_type: channelType, exc_discount_flag: flag }: Payment): Routing => ({
  routing: { channelType, excluded: flag === '1' ? exclusiveChannelTypes : [] },
})

/** Our number, and the till's: the table gives the latter 32 characters and its example 36. */
export const orderNoField = { order_no: optionalId(32) }
export const traceNoField = { wf_trace_no: optionalId(64) }

export const tillOf = ({ app, acceptorId }: Caller, asked: { merchant_no: string; shop_no: string }): Till => ({
  face,
  appId: app.id,
  acceptorId,
  merchantNo: asked.merchant_no,
  shopNo: asked.shop_no,
})

/** What every command carries. The lane is not known yet: the core puts it into the number. */
export function newCommand({ now, config }: Hub): { no: string; deadline: Date } {
  const at = now()
  return { no: makeNumber(0, at), deadline: new Date(at.getTime() + config.requestTimeoutSeconds * 1000) }
}

type Codes = { coupon_code?: string | undefined; couponCode?: string | undefined }

/**
 * The code that is asked about, under either name. Refuses two that differ, and one that is longer than a code where no
 * route of the acceptor takes what tills scan.
 */
export function askedCode(setup: Setup, { acceptorId }: Caller, codes: Codes): string | undefined {
  const { coupon_code, couponCode } = codes
  if (coupon_code !== undefined && couponCode !== undefined && coupon_code !== couponCode) {
    refuse('bad_request', 'couponCode: differs from coupon_code', { field: 'couponCode' })
  }
  const code = coupon_code ?? couponCode
  const takesScanned = setup.routesOfAcceptor.get(acceptorId)?.some((route) => route.takesScanned) ?? false
  if (code === undefined || lengthOfCode(code) <= longestCode || takesScanned) return code
  const field = coupon_code === undefined ? 'couponCode' : 'coupon_code'
  return refuse('bad_request', `${field}: must have at most ${longestCode} characters`, { field })
}

export const requireCode = (setup: Setup, caller: Caller, codes: Codes): string =>
  askedCode(setup, caller, codes) ?? refuse('bad_request', 'coupon_code: is missing', { field: 'coupon_code' })

type Amounts = { amount?: number | undefined; real_amount?: number | undefined }

/** Refuses more paid than was to be paid. Either may come alone. */
export function checkAmounts({ amount, real_amount }: Amounts): void {
  if (real_amount === undefined || amount === undefined) return
  if (real_amount > amount) refuse('bad_request', 'real_amount: must be at most amount', { field: 'real_amount' })
}
