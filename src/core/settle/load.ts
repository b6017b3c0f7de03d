import { lockCounters, type CounterRow } from '../../db/counters.ts'
import { lockCoupons, type CouponName, type CouponRow } from '../../db/coupons.ts'
import { findImportedCodes } from '../../db/imported-codes.ts'
import { readExpiries, type NotificationRow } from '../../db/notifications.ts'
import { readOrders, type OrderRow } from '../../db/orders.ts'
import { readRedemptions, type RedemptionRow } from '../../db/redemptions.ts'
import { lockSupplierRequests, type SupplierRequestRow } from '../../db/supplier-requests.ts'
import { lastOfEach } from '../../db/client/rows.ts'
import type { Tx } from '../../db/client/client.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import type { CoreContext } from '../batch/verb.ts'
import { couponKey } from '../coupon/coupon.ts'
import type { Tellers } from '../issue/make.ts'
import type { SettleCommand, SettleOutcome } from '../command/settle.ts'
import type { Setup } from '../set-up/snapshot.ts'

type NamesCoupon = { lane: number; sourceId: number | null; serial: number | null }

export type SettleWorld = Tellers & {
  setup: Setup
  timeFactor: number
  requests: Map<string, SupplierRequestRow>
  orders: Map<string, OrderRow>
  redemptions: Map<string, RedemptionRow>
  /** The coupon of a redemption, or the one that a request is about. */
  couponOf: (about: NamesCoupon) => CouponRow | undefined
  /** Whether it was told, or is to be, that a coupon ended when it did. */
  isExpiryTold: (coupon: CouponRow) => boolean
  counters: Map<string, CounterRow>
  /** The codes that some pool has already, by the hex of their hashes. Codes that a batch takes are added. */
  knownCodes: Set<string>
}

/** Locks the requests first, then coupons, then counters. */
export async function loadSettle(
  core: CoreContext,
  tx: Tx,
  commands: SettleCommand[],
  setup: Setup,
): Promise<SettleWorld> {
  const requests = await lockSupplierRequests(
    tx,
    commands.map(({ request }) => request),
  )
  const [orders, redemptions] = await Promise.all([
    readOrders(
      tx,
      requests.map(({ lane, orderNo: no }) => ({ lane, no })),
    ),
    readRedemptions(
      tx,
      requests.flatMap(({ lane, redemptionNo: no }) => (no === null ? [] : [{ lane, no }])),
    ),
  ])
  const lookedUp = requests.flatMap((request) => nameIn(request) ?? [])
  const coupons = await lockCoupons(tx, lastOfEach<CouponName>([...redemptions, ...lookedUp], couponKey))
  const hashes = commands.flatMap(({ said }) => (said.kind === 'accepted' ? said.codes.map(({ hash }) => hash) : []))
  const [expiries, counters, known] = await Promise.all([
    readExpiries(
      tx,
      coupons.filter((coupon) => lookedUp.some((name) => couponKey(name) === couponKey(coupon))),
    ),
    lockCounters(tx, keysOf(requests, orders, redemptions, setup)),
    findImportedCodes(tx, hashes),
  ])
  const couponOf = new Map(coupons.map((coupon) => [couponKey(coupon), coupon]))
  return {
    setup,
    firstWaitSeconds: core.firstWaitSeconds,
    messageUrl: core.hub.config.smsUrl,
    timeFactor: core.hub.config.timeFactor,
    requests: new Map(requests.map((request) => [request.no, request])),
    orders: new Map(orders.map((order) => [order.no, order])),
    redemptions: new Map(redemptions.map((redemption) => [redemption.no, redemption])),
    couponOf: (about) => couponOf.get(nameKey(about)),
    isExpiryTold: (coupon) => isExpiryTold(expiries, coupon),
    counters: new Map(counters.map((counter) => [counter.key, counter])),
    knownCodes: new Set(known.map(({ codeHash }) => codeHash.toString('hex'))),
  }
}

const nameIn = ({ lane, sourceId, serial }: NamesCoupon): CouponName | undefined =>
  sourceId === null || serial === null ? undefined : { lane, sourceId, serial }

const nameKey = (about: NamesCoupon): string => {
  const name = nameIn(about)
  return name === undefined ? '' : couponKey(name)
}

// A coupon may be given more time and end again, of which its channel hears again.
const isExpiryTold = (expiries: NotificationRow[], coupon: CouponRow): boolean =>
  expiries.some(
    (told) => nameKey(told) === couponKey(coupon) && told.facts.happenedAt === coupon.validUntil.toISOString(),
  )

// What may be given back, and where the pools of suppliers number their codes.
function keysOf(
  requests: SupplierRequestRow[],
  orders: OrderRow[],
  redemptions: RedemptionRow[],
  setup: Setup,
): string[] {
  const pools = orders.flatMap(({ templateId }) => setup.templates.get(templateId)?.sourceId ?? [])
  const uses = [...requests, ...redemptions].flatMap((row) => row.uses.map(([key]) => key))
  return [...new Set([...pools.map(numbersKey), ...uses])]
}

/** What who settles a request hears. */
export const outcomeOf = (
  world: SettleWorld,
  request: SupplierRequestRow,
  coupons: SettleOutcome['coupons'],
): SettleOutcome => {
  const redemption = request.redemptionNo === null ? undefined : world.redemptions.get(request.redemptionNo)
  return {
    request,
    order: world.orders.get(request.orderNo)!,
    coupons,
    redemption,
    usesLeft: redemption === undefined ? 0 : (world.couponOf(redemption)?.usesLeft ?? 0),
  }
}
