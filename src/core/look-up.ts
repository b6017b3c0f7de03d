import { readCouponsOfOrders, type CouponRow } from '../db/coupons.ts'
import { findOrders, type OrderRow } from '../db/orders.ts'
import { insertNonces, type NonceRow } from '../db/nonces.ts'
import { readRedemptionsOfCoupons, type RedemptionRow } from '../db/redemptions.ts'
import type { Tx } from '../db/client.ts'
import type { CoreContext } from './context.ts'
import { refuse } from './errors.ts'
import { hearNonce, loadNonces, refuseReplay, type HeardNonces, type Nonce } from './nonces.ts'
import { pairKey, type Setup } from './set-up/snapshot.ts'
import type { Command, Decision, Verb } from './verb.ts'

/** Look an order up by what its channel calls it. The activity, and our number where it is given, must match. */
export type LookUpOrderCommand = Command & {
  lane: number
  face: string
  appId: string
  channelId: string
  externalNo: string
  activityId?: string | undefined
  orderNo?: string | undefined
  nonce?: Nonce | undefined
}

export type LookUpOrderOutcome = {
  order: OrderRow
  coupons: CouponRow[]
  /** The redemptions that stand, the newest first. */
  redemptions: RedemptionRow[]
  now: Date
}

type LookUpOrderWorld = {
  setup: Setup
  heardNonces: HeardNonces
  found: Map<string, { order: OrderRow; coupons: CouponRow[]; redemptions: RedemptionRow[] }>
}

export function createLookUpOrder(
  core: CoreContext,
): Verb<LookUpOrderCommand, LookUpOrderWorld, LookUpOrderOutcome, NonceRow[]> {
  return {
    name: 'look-up-order',
    load: (tx, commands, setup) => loadLookUp(core, tx, commands, setup),
    decide: decideLookUp,
    save: async (tx, changes) => void (await insertNonces(tx, changes.flat())),
  }
}

async function loadLookUp(
  core: CoreContext,
  tx: Tx,
  commands: LookUpOrderCommand[],
  setup: Setup,
): Promise<LookUpOrderWorld> {
  const names = new Map(commands.map((command) => [pairKey(command.channelId, command.externalNo), command]))
  const [orders, heardNonces] = await Promise.all([
    findOrders(tx, [...names.values()]),
    loadNonces(tx, commands, core.hub.now()),
  ])
  const coupons = await readCouponsOfOrders(tx, orders)
  const redemptions = await readRedemptionsOfCoupons(
    tx,
    coupons.filter((coupon) => coupon.usesLeft < coupon.useTimes),
  )
  const found = orders.map((order) => ({
    order,
    coupons: coupons.filter((coupon) => coupon.orderNo === order.no),
    redemptions: redemptions.filter((row) => row.orderNo === order.no && row.state === 'succeeded'),
  }))
  return {
    setup,
    heardNonces,
    found: new Map(found.map((one) => [pairKey(one.order.channelId, one.order.externalNo), one])),
  }
}

function decideLookUp(
  world: LookUpOrderWorld,
  command: LookUpOrderCommand,
  now: Date,
): Decision<LookUpOrderOutcome, NonceRow[]> {
  const app = world.setup.apps.get(pairKey(command.face, command.appId))
  if (app === undefined) return refuse('app_unknown', `there is no app ${command.appId}`)
  if (!app.isEnabled) refuse('app_disabled', `app ${app.id} is switched off`)
  refuseReplay(world.heardNonces, command)
  if (!app.channelIds.has(command.channelId)) {
    refuse('channel_unknown', `app ${app.id} does not act for channel ${command.channelId}`)
  }
  const found = world.found.get(pairKey(command.channelId, command.externalNo))
  if (found === undefined || !isMeant(found.order, command)) {
    return refuse('order_not_found', `channel ${command.channelId} has no such order`)
  }
  return { outcome: { ...found, now }, change: hearNonce(world.heardNonces, command, now) }
}

const isMeant = (order: OrderRow, { activityId, orderNo }: LookUpOrderCommand): boolean =>
  (activityId === undefined || order.activityId === activityId) && (orderNo === undefined || order.no === orderNo)
