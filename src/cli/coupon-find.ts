import { findCandidates } from '../core/coupon/coupon-code.ts'
import type { Core } from '../core/core.ts'
import { laneAt, laneOf, laneIndexOfNumber } from '../core/numbers/numbers.ts'
import { couponKey } from '../core/coupon/coupon.ts'
import { readCoupons, type CouponName, type CouponRow } from '../db/coupons.ts'
import { findOrders, readOrders, type OrderRow } from '../db/orders.ts'
import { maskMiddle } from '../wire/text.ts'
import { CommandError, exitCodes } from './errors.ts'

/**
 * The coupon that a user names: by its code, or by its reference, `lane/source/serial`, which lists show in place of
 * the code and which is no secret. Throws a CommandError where there is none.
 */
export async function findCoupon(core: Core, named: string): Promise<CouponRow> {
  const { database, keyring } = core.hub
  const setup = await core.setup.refresh()
  const candidates = await findCandidates(database.sql, [named], setup, keyring)
  const names = [...(candidates.get(named) ?? []), ...referenceOf(named)]
  const [coupon] = await readCoupons(database.sql, names)
  if (coupon !== undefined) return coupon
  throw new CommandError(
    'coupon_not_found',
    'There is no such coupon: name it by its code or by its reference ("quanhub coupon find" shows references).',
    exitCodes.notFound,
  )
}

function referenceOf(text: string): CouponName[] {
  const [, lane, sourceId, serial] = /^(\d{1,9})\/(\d{1,9})\/(\d{1,16})$/.exec(text) ?? []
  if (lane === undefined || sourceId === undefined || serial === undefined) return []
  return [{ lane: Number(lane), sourceId: Number(sourceId), serial: Number(serial) }]
}

/** The reference that names a coupon without being a secret; the audit names coupons by it. */
export const referenceTo = (coupon: CouponName): string => couponKey(coupon)

/** The codes of coupons as they may be shown: masked, unless the user asked for them. By reference. */
export async function showCodes(core: Core, coupons: CouponRow[], isRevealed: boolean): Promise<Map<string, string>> {
  const codes = await core.revealCodes(coupons)
  return new Map(coupons.map((coupon, i) => [referenceTo(coupon), isRevealed ? codes[i]! : maskMiddle(codes[i]!)]))
}

/**
 * The orders that a number names: one by our own number; by a channel's number one for each channel that used it, or
 * that of `channelId`.
 */
export async function findOrdersByNumber(core: Core, no: string, channelId: string | undefined): Promise<OrderRow[]> {
  const { sql } = core.hub.database
  const laneIndex = laneIndexOfNumber(no)
  const own = laneIndex === undefined ? [] : await readOrders(sql, [{ lane: laneAt(laneIndex), no }])
  if (own.length > 0) return own
  const setup = await core.setup.refresh()
  const channelIds = channelId === undefined ? [...setup.channels.keys()] : [channelId]
  return findOrders(
    sql,
    channelIds.map((id) => ({ lane: laneOf(no), channelId: id, externalNo: no })),
  )
}

/** The one order that a number names. Throws a CommandError where there is none, or more than one. */
export async function findOneOrder(core: Core, no: string, channelId: string | undefined): Promise<OrderRow> {
  const [order, ...others] = await findOrdersByNumber(core, no, channelId)
  if (order === undefined) throw new CommandError('order_not_found', `There is no order ${no}.`, exitCodes.notFound)
  if (others.length === 0) return order
  const channels = [order, ...others].map((found) => found.channelId).join(', ')
  throw new CommandError(
    'ambiguous',
    `Several channels have an order ${no}: say which (--channel), one of ${channels}.`,
  )
}
