import { lockCounters, makeCounters, type CounterRow } from '../../db/counters.ts'
import { lockCoupons, type CouponRow } from '../../db/coupons.ts'
import { lastOfEach } from '../../db/client/rows.ts'
import { readOrdersOfCoupons, type OrderRow } from '../../db/orders.ts'
import { readRedemptions, type RedemptionRow } from '../../db/redemptions.ts'
import { boundName, readRequestNumbers, type RequestNumberRow } from '../../db/request-numbers.ts'
import type { Tx } from '../../db/client/client.ts'
import { askedOf, inUseOf, needsOf, type Asked, type InUse } from '../decision/ask-rules.ts'
import type { CoreContext } from '../batch/verb.ts'
import { couponKey } from '../coupon/coupon.ts'
import { findCandidates } from '../coupon/coupon-code.ts'
import type { Guesses } from '../batch/guess-limit.ts'
import { askedSupplierOf, askableSupplier } from '../supplier/supplier-of.ts'
import { loadNonces, type KnownNonces, type Nonce, type Till } from '../command/callers.ts'
import type { RuleInput, Payment } from '../command/redeem.ts'
import type { CounterNeed, Facts } from '../rules/index.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'

export type RedeemWorld = {
  setup: Setup
  guesses: Guesses
  firstWaitSeconds: (face: string) => number
  /** Coupons by code; a code that names none is missing. */
  coupons: Map<string, CouponRow>
  orders: Map<string, OrderRow>
  /** What tills' numbers are bound to, by the hex of their scope's hash. */
  requestNumbers: Map<string, RequestNumberRow>
  /** The redemptions that those numbers name, by our number. */
  redemptions: Map<string, RedemptionRow>
  knownNonces: KnownNonces
  /** Which rules each command has to meet, by command number, and what is in use of their counters. */
  asked: Map<string, Asked>
  inUse: InUse
  /** Whether a supplier must say that its coupon may be used, before it is. */
  mustConfirm: (coupon: CouponRow) => boolean
  /** By which this process claims what it is about to ask a supplier. */
  claimId: string | null
}

type Ask = Till & Payment & { no: string; code: string; scopeHash?: Buffer; nonce?: Nonce | undefined } & RuleInput

/**
 * Locks the coupons first and reads the request numbers behind them: whoever waited for the same coupon, because the
 * same request went to another process too, must see the number that the other one bound.
 */
export async function loadRedeem(core: CoreContext, tx: Tx, asks: Ask[], setup: Setup): Promise<RedeemWorld> {
  const candidates = await findCandidates(
    tx,
    asks.map((ask) => ask.code),
    setup,
    core.hub.keyring,
  )
  const scopes = asks.flatMap((ask) => (ask.scopeHash === undefined ? [] : [ask.scopeHash]))
  // One coupon may be named by codes that were typed differently.
  const names = lastOfEach([...candidates.values()].flat(), couponKey)
  const now = core.hub.now()
  const [coupons, orders, requestNumbers, knownNonces] = await Promise.all([
    lockCoupons(tx, names),
    readOrdersOfCoupons(tx, names),
    readRequestNumbers(tx, scopes),
    loadNonces(tx, asks, now),
  ])
  const redemptions = await readRedemptions(tx, requestNumbers.flatMap(boundName))
  const couponOf = new Map(coupons.map((coupon) => [couponKey(coupon), coupon]))
  const byCode = new Map(
    [...candidates].flatMap(([code, names]) => {
      const coupon = names.map((name) => couponOf.get(couponKey(name))).find((row) => row !== undefined)
      return coupon === undefined ? [] : [[code, coupon] as const]
    }),
  )
  const asked = new Map(asks.map((ask) => [ask.no, askedOfRedemption(ask, byCode.get(ask.code), setup)]))
  const needs = needsOf(asked.values(), now)
  return {
    setup,
    guesses: core.guesses.look(),
    firstWaitSeconds: core.firstWaitSeconds,
    coupons: byCode,
    orders: new Map(orders.map((order) => [order.no, order])),
    requestNumbers: new Map(requestNumbers.map((row) => [row.scopeHash.toString('hex'), row])),
    redemptions: new Map(redemptions.map((row) => [row.no, row])),
    knownNonces,
    asked,
    inUse: inUseOf(needs, await lockNeeds(tx, needs)),
    mustConfirm: (coupon) => mustConfirm(core, setup, coupon),
    claimId: core.claimId(),
  }
}

// Behind the coupons, as every batch takes its locks.
async function lockNeeds(tx: Tx, needs: CounterNeed[]): Promise<Map<string, CounterRow>> {
  if (needs.length === 0) return new Map()
  const [, counters] = await Promise.all([
    makeCounters(tx, needs),
    lockCounters(
      tx,
      needs.map(({ key }) => key),
    ),
  ])
  return new Map(counters.map((row) => [row.key, row]))
}

function askedOfRedemption(ask: Ask, coupon: CouponRow | undefined, setup: Setup): Asked {
  if (coupon === undefined || setup.rulesOfScene.get('verify') === undefined)
    return { rules: [], facts: { scene: 'verify' } }
  const { activityId, templateId, channelId, faceValueFen } = coupon
  const facts: Facts = {
    scene: 'verify',
    activityId,
    card: ask.card,
    cityId: ask.cityId ?? setup.shops.get(pairKey(ask.acceptorId, ask.shopNo))?.cityId ?? undefined,
    tid: ask.tid,
    faceValueFen,
    cartAmountFen: ask.amountFen,
    goods: ask.goods,
  }
  return askedOf(setup, facts, {
    activity: activityId,
    template: templateId,
    channel: channelId,
    merchant: ask.merchantNo,
    shop: ask.shopNo,
    acceptor: ask.acceptorId,
    supplier: setup.templates.get(templateId)?.supplierId ?? undefined,
  })
}

/** Whether a coupon's supplier is to be asked before it is used. */
export function mustConfirm({ hub }: CoreContext, setup: Setup, { templateId }: { templateId: string }): boolean {
  const supplier = askedSupplierOf(setup, setup.templates.get(templateId))
  const askable = supplier && askableSupplier(hub, supplier)
  return askable?.adapter.maker?.mustConfirm(askable.settings) ?? false
}
