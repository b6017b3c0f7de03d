import { lockCoupons, type CouponName, type CouponRow } from '../../db/coupons.ts'
import { findImportedCodes } from '../../db/imported-codes.ts'
import { readOrdersOfCoupons, type OrderRow } from '../../db/orders.ts'
import { readRedemptionsOfCoupons, type RedemptionRow } from '../../db/redemptions.ts'
import type { Tx } from '../../db/client/client.ts'
import type { CoreContext } from '../batch/context.ts'
import { couponKey } from '../coupon/coupon.ts'
import { refuse } from '../command/errors.ts'
import { makeUse } from './make-use.ts'
import { useOnce } from '../redeem/redeem.ts'
import type { Setup } from '../set-up/snapshot.ts'
import type { RecordUseCommand } from '../command/record-use.ts'
import { usedNotifications } from '../notify/used.ts'
import type { Decided, Verb } from '../batch/verb.ts'

/** The redemption of that use. It has failed where it could not be one of this coupon: then an operator has to look. */
export type RecordUseOutcome = { redemption: RedemptionRow; isRepeat: boolean }

export type RecordUseWorld = {
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
  const redemption = makeUse(world.setup, command, coupon, now)
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
