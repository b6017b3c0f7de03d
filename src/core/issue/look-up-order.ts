import type { Tx } from '../../db/client/client.ts'
import { lastOfEach } from '../../db/client/rows.ts'
import { readCouponsOfOrders, type CouponRow } from '../../db/coupons.ts'
import { findOrders, readOrders, type OrderRow } from '../../db/orders.ts'
import { readRedemptionsOfCoupons, type RedemptionRow } from '../../db/redemptions.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { checkApp, rememberNonce, loadNonces, refuseReplay, type KnownNonces, type Nonce } from '../command/callers.ts'
import type { Command } from '../command/command.ts'
import { refuse, errorCodes, type ErrorCode } from '../command/errors.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'

/** Look an order of a channel up by the channel's number, by ours, or by both. What is given must match, the activity too. */
type LookUpOrderCommand = Command & {
  lane: number
  face: string
  appId: string
  channelId: string
  externalNo?: string | undefined
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
  knownNonces: KnownNonces
  /** By channel and its number, and by ours. */
  found: Map<string, { order: OrderRow; coupons: CouponRow[]; redemptions: RedemptionRow[] }>
}

export function createLookUpOrder(core: CoreContext): Verb<LookUpOrderCommand, LookUpOrderWorld, LookUpOrderOutcome> {
  return {
    name: 'look-up-order',
    load: (tx, commands, setup) => loadLookUp(core, tx, commands, setup),
    decide: decideLookUp,
  }
}

async function loadLookUp(
  core: CoreContext,
  tx: Tx,
  commands: LookUpOrderCommand[],
  setup: Setup,
): Promise<LookUpOrderWorld> {
  const [named, numbered, knownNonces] = await Promise.all([
    findOrders(
      tx,
      lastOfEach(commands.flatMap(externalName), ({ channelId, externalNo }) => pairKey(channelId, externalNo)),
    ),
    readOrders(
      tx,
      lastOfEach(commands.flatMap(ownNumber), ({ no }) => no),
    ),
    loadNonces(tx, commands, core.hub.now()),
  ])
  const orders = lastOfEach([...named, ...numbered], ({ no }) => no)
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
    knownNonces,
    found: new Map(
      found.flatMap((one) => [
        [pairKey(one.order.channelId, one.order.externalNo), one],
        [one.order.no, one],
      ]),
    ),
  }
}

const externalName = ({ lane, channelId, externalNo }: LookUpOrderCommand) =>
  externalNo === undefined ? [] : [{ lane, channelId, externalNo }]

const ownNumber = ({ lane, externalNo, orderNo }: LookUpOrderCommand) =>
  externalNo !== undefined || orderNo === undefined ? [] : [{ lane, no: orderNo }]

function decideLookUp(world: LookUpOrderWorld, command: LookUpOrderCommand, now: Date): Decided<LookUpOrderOutcome> {
  const app = checkApp(world.setup, command)
  refuseReplay(world.knownNonces, command)
  if (!app.channelIds.has(command.channelId)) {
    refuse('channel_unknown', `app ${app.id} does not act for channel ${command.channelId}`)
  }
  const { channelId, externalNo, orderNo } = command
  const found = world.found.get(externalNo === undefined ? (orderNo ?? '') : pairKey(channelId, externalNo))
  if (found === undefined || !isMeant(found.order, command)) {
    return refuse('order_not_found', `channel ${command.channelId} has no such order`)
  }
  return { outcome: { ...found, now }, change: { nonces: rememberNonce(world.knownNonces, command, now) } }
}

const isMeant = (order: OrderRow, { channelId, activityId, orderNo }: LookUpOrderCommand): boolean =>
  order.channelId === channelId &&
  (activityId === undefined || order.activityId === activityId) &&
  (orderNo === undefined || order.no === orderNo)

/** Which refusal a failed order is to its partner: the one that its supplier meant clearly, else that it refused. */
export const failureCodeOf = ({ failureCode }: Pick<OrderRow, 'failureCode'>): ErrorCode =>
  errorCodes.find((code) => code === failureCode) ?? 'supplier_rejected'
