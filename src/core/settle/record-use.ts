import { hash } from 'node:crypto'
import type { Tx } from '../../db/client/client.ts'
import { lockCoupons, type CouponName, type CouponRow } from '../../db/coupons.ts'
import { findImportedCodes } from '../../db/imported-codes.ts'
import { readOrdersOfCoupons, type OrderRow, type OrderTerms } from '../../db/orders.ts'
import { readRedemptionsOfCoupons, type RedemptionRow, type RedemptionDetail } from '../../db/redemptions.ts'
import type { SupplierUse } from '../../suppliers/supplier.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import type { Command } from '../command/command.ts'
import { refuse } from '../command/errors.ts'
import { couponKey } from '../coupon/coupon.ts'
import { usedNotifications } from '../notify/notification.ts'
import { laneIndexOf, withLaneIndex } from '../numbers/numbers.ts'
import { amountsOf } from '../redeem/amounts.ts'
import { useOnce } from '../redeem/redeem.ts'
import { templateOf, type Setup } from '../set-up/snapshot.ts'

/** Write down that a coupon was used, as the supplier says that made it. Its code goes by its keyed hash. */
export type RecordUseCommand = Command & { supplierId: string; codeHash: Buffer; use: Omit<SupplierUse, 'code'> }

/** The redemption of that use. It has failed where it could not be one of this coupon: then an operator has to look. */
export type RecordUseOutcome = { redemption: RedemptionRow; isRepeat: boolean }

type RecordUseWorld = {
  setup: Setup
  firstWaitSeconds: (protocol: string) => number
  /** Coupons by the hex of their codes' hashes. */
  coupons: Map<string, CouponRow>
  orders: Map<string, OrderRow>
  /** The redemptions of these coupons, the newest first; those of the batch are added. */
  redemptions: RedemptionRow[]
}

/**
 * The same use may be told twice, by a message, a look-up and a statement, in any order: it is one redemption. Refuses with
 * `coupon_not_found` where the supplier has made no such coupon that we know of yet, and with `coupon_busy` while one of
 * our own tills uses it.
 */
export function createRecordUse(core: CoreContext): Verb<RecordUseCommand, RecordUseWorld, RecordUseOutcome> {
  return {
    name: 'record-use',
    load: (tx, commands, setup) => loadRecordUse(core, tx, commands, setup),
    decide: decideRecordUse,
  }
}

async function loadRecordUse(
  { firstWaitSeconds }: CoreContext,
  tx: Tx,
  commands: RecordUseCommand[],
  setup: Setup,
): Promise<RecordUseWorld> {
  const hashes = new Map(commands.map(({ codeHash }) => [codeHash.toString('hex'), codeHash]))
  const found = await findImportedCodes(tx, [...hashes.values()])
  const names = new Map(
    found.flatMap(({ codeHash, sourceId, number, lane }): [string, CouponName][] =>
      lane === null ? [] : [[codeHash.toString('hex'), { lane, sourceId, serial: number }]],
    ),
  )
  const coupons = await lockCoupons(tx, [...names.values()])
  // Behind the lock: who waited for it must see what the other one wrote.
  const [orders, redemptions] = await Promise.all([
    readOrdersOfCoupons(tx, coupons),
    readRedemptionsOfCoupons(tx, coupons),
  ])
  const byKey = new Map(coupons.map((coupon) => [couponKey(coupon), coupon]))
  return {
    setup,
    firstWaitSeconds,
    coupons: new Map([...names].flatMap(([hex, name]) => entryOf(hex, byKey.get(couponKey(name))))),
    orders: new Map(orders.map((order) => [order.no, order])),
    redemptions,
  }
}

const entryOf = (hex: string, coupon: CouponRow | undefined): [string, CouponRow][] =>
  coupon === undefined ? [] : [[hex, coupon]]

function decideRecordUse(world: RecordUseWorld, command: RecordUseCommand, now: Date): Decided<RecordUseOutcome> {
  const coupon = world.coupons.get(command.codeHash.toString('hex'))
  if (coupon === undefined || coupon.sourceId !== world.setup.suppliers.get(command.supplierId)?.sourceId) {
    return refuse('coupon_not_found', `supplier ${command.supplierId} has made no such coupon that is known yet`)
  }
  const redemptions = world.redemptions.filter((row) => couponKey(row) === couponKey(coupon))
  const earlier = redemptions.find((row) => isSameUse(row, command)) ?? standing(coupon, redemptions)
  if (earlier !== undefined) return { outcome: { redemption: earlier, isRepeat: true } }
  if (coupon.state === 'redeeming') refuse('coupon_busy', 'the coupon is being redeemed')
  const funds = world.orders.get(coupon.orderNo)?.terms.funds
  const redemption = makeUse(world.setup, command, coupon, funds, now)
  world.redemptions.unshift(redemption)
  const outcome = { redemption, isRepeat: false }
  if (redemption.state === 'failed') return { outcome, change: { newRedemptions: [redemption] } }
  useOnce(coupon)
  coupon.changedAt = now
  const notifications = usedNotifications(world, coupon, redemption, command.no, now)
  const used = { ...coupon }
  return {
    outcome,
    change: { newRedemptions: [redemption], coupons: [used], untoldExpiries: [used], notifications },
  }
}

// Not every way of telling has a reference: the second is the same in all of them.
const isSameUse = ({ toldBy, traceNo, usedAt }: RedemptionRow, { supplierId, use }: RecordUseCommand): boolean =>
  toldBy === supplierId &&
  ((use.reference !== undefined && traceNo === use.reference) || secondOf(usedAt) === secondOf(use.usedAt))

const secondOf = (at: Date | null): number => Math.floor((at?.getTime() ?? NaN) / 1000)

/** What used a coupon up that cannot be used once more. */
const standing = ({ state }: CouponRow, redemptions: RedemptionRow[]): RedemptionRow | undefined =>
  state === 'redeemed' ? redemptions.find((row) => row.state === 'succeeded') : undefined

/**
 * The redemption of a use that a supplier tells of: no acceptor of ours was asked, so it has none. A use of a coupon that
 * was voided has failed, and is kept.
 */
function makeUse(
  setup: Setup,
  command: RecordUseCommand,
  coupon: CouponRow,
  funds: OrderTerms['funds'],
  now: Date,
): RedemptionRow {
  const { supplierId, use } = command
  const { sourceId, serial, orderNo, channelId, activityId, templateId } = coupon
  const paid = paidOf(use)
  const isVoided = coupon.state === 'voided'
  return {
    lane: coupon.lane,
    no: withLaneIndex(command.no, laneIndexOf(coupon.lane)),
    sourceId,
    serial,
    orderNo,
    channelId,
    activityId,
    templateId,
    acceptorId: '',
    merchantNo: use.merchantNo ?? '',
    shopNo: '',
    traceNo: use.reference ?? null,
    state: isVoided ? 'failed' : 'succeeded',
    realAmountFen: paid.realAmountFen,
    ...amountsOf(coupon, { template: templateOf(setup, coupon), payment: paid, discount: null, funds }),
    fingerprint: fingerprintOf(command),
    createdAt: now,
    reversedAt: null,
    uses: [],
    usesReturned: isVoided ? [] : null,
    settledAt: null,
    toldBy: supplierId,
    usedAt: use.usedAt,
    detail: { ...detailOf(coupon.state), ...(funds === undefined ? {} : { funds }) },
  }
}

function detailOf(state: CouponRow['state']): RedemptionDetail {
  if (state === 'voided') return { failure: 'the coupon was voided before its supplier told of the use' }
  return state === 'expired' ? { wasExpired: true } : {}
}

// Amounts that cannot be are no reason to lose the use.
function paidOf({ amountFen, realAmountFen }: RecordUseCommand['use']) {
  const amount = isAmount(amountFen) ? amountFen : undefined
  const real = isAmount(realAmountFen) ? realAmountFen : undefined
  const isPossible = amount === undefined || real === undefined || real <= amount
  return isPossible ? { amountFen: amount, realAmountFen: real ?? null } : { amountFen: undefined, realAmountFen: null }
}

const isAmount = (fen: number | undefined): fen is number => Number.isSafeInteger(fen) && fen! >= 0

const fingerprintOf = ({ supplierId, codeHash, use }: RecordUseCommand): Buffer =>
  hash('sha256', JSON.stringify([supplierId, codeHash.toString('hex'), use.usedAt]), 'buffer').subarray(0, 16)
