import { hash } from 'node:crypto'
import { insertNotifications, type NotificationRow } from '../db/notifications.ts'
import { insertRedemptions, type RedemptionRow } from '../db/redemptions.ts'
import { insertRequestNumbers, type RequestNumberRow } from '../db/request-numbers.ts'
import { updateCoupons, type CouponChange, type CouponRow } from '../db/coupons.ts'
import { addToDailyTotals } from '../db/daily-totals.ts'
import type { Tx } from '../db/client.ts'
import type { CoreContext } from './context.ts'
import { refuse } from './errors.ts'
import { laneIndexOf } from './lanes.ts'
import { makeNotification } from './notify.ts'
import { withLaneIndex } from './numbers.ts'
import {
  checkFound,
  checkRedeemable,
  checkRoute,
  checkTill,
  type Payment,
  type Routing,
  type Till,
} from './redeemable.ts'
import { loadRedeem, type RedeemWorld } from './redeem-load.ts'
import type { Setup, Template } from './set-up/snapshot.ts'
import { sumTotals } from './totals.ts'
import type { Command, Decision, Verb } from './verb.ts'

/** Use a coupon at a till. */
export type RedeemCommand = Command &
  Till &
  Payment &
  Routing & {
    code: string
    /** What the till calls the request: a repeat under the same scope hears the first answer. See `requestScope`. */
    scopeHash: Buffer
    /** False where the scope only marks this very message (the till gave no number): a repeat hears that the coupon is used. */
    isRepeatable: boolean
    traceNo?: string | undefined
    /** What the holder paid, in fen; at most `amountFen`. */
    realAmountFen?: number | undefined
    fingerprint: Buffer
  }

export type RedeemOutcome = {
  redemption: RedemptionRow
  template: Template
  code: string
  isRepeat: boolean
}

export type RedeemChange = {
  redemption: RedemptionRow
  coupon: CouponChange
  requestNumber: RequestNumberRow
  notifications: NotificationRow[]
}

/** The scope of a till's number: unique within its acceptor, across lanes. */
export function requestScope(acceptorId: string, kind: 'number' | 'message', text: string): Buffer {
  return hash('sha256', `${acceptorId}\n${kind}\n${text}`, 'buffer')
}

export function createRedeem(core: CoreContext): Verb<RedeemCommand, RedeemWorld, RedeemOutcome, RedeemChange> {
  return {
    name: 'redeem',
    load: (tx, commands, setup) => loadRedeem(core, tx, commands, setup),
    decide: decideRedeem,
    save: saveRedeem,
  }
}

function decideRedeem(world: RedeemWorld, command: RedeemCommand, now: Date): Decision<RedeemOutcome, RedeemChange> {
  const bound = world.requestNumbers.get(command.scopeHash.toString('hex'))
  // Its own effect, found by a second run after a commit whose answer was lost: nothing is asked anew.
  if (bound !== undefined && isOwnEffect(bound, command)) return { outcome: repeat(world, command, bound) }
  const { merchant } = checkTill(world.setup, command)
  if (bound !== undefined) return { outcome: repeat(world, command, bound) }
  checkRoute(command)
  const coupon = checkFound(world.coupons.get(command.code), world.guesses, command, now)
  const template = checkRedeemable(world.setup, coupon, command, merchant, command, now)
  return redeemNow(world, command, coupon, template, now)
}

// The two numbers differ in their lane alone, which a command does not know yet.
const isOwnEffect = ({ redemptionNo }: RequestNumberRow, { no }: RedeemCommand): boolean =>
  redemptionNo?.slice(20) === no.slice(20)

function repeat(world: RedeemWorld, command: RedeemCommand, bound: RequestNumberRow): RedeemOutcome {
  if (bound.redemptionNo === null) return refuse('request_cancelled', 'the number was cancelled before it came')
  const redemption = world.redemptions.get(bound.redemptionNo)
  if (redemption === undefined) throw new Error(`redemption ${bound.redemptionNo} of a request number is missing`)
  if (!redemption.fingerprint.equals(command.fingerprint)) {
    refuse('request_conflict', 'the number is used with other content')
  }
  if (redemption.state === 'reversed') refuse('redemption_reversed', 'the redemption was reversed since')
  const isRepeat = !isOwnEffect(bound, command)
  if (!command.isRepeatable && isRepeat) refuse('coupon_redeemed', 'the coupon is used')
  return { redemption, template: templateOf(world.setup, redemption), code: command.code, isRepeat }
}

export function templateOf(setup: Setup, { templateId }: { templateId: string }): Template {
  const template = setup.templates.get(templateId)
  if (template === undefined) throw new Error(`template ${templateId} is missing`)
  return template
}

function redeemNow(world: RedeemWorld, command: RedeemCommand, coupon: CouponRow, template: Template, now: Date) {
  coupon.usesLeft -= 1
  if (coupon.usesLeft === 0) coupon.state = 'redeemed'
  coupon.changedAt = now
  const redemption = makeRedemption(command, coupon, template, now)
  const requestNumber = bind(command, redemption, now)
  world.requestNumbers.set(command.scopeHash.toString('hex'), requestNumber)
  world.redemptions.set(redemption.no, redemption)
  const change: RedeemChange = {
    redemption,
    coupon: { ...coupon },
    requestNumber,
    notifications: usedNotifications(world, coupon, redemption, now),
  }
  return { outcome: { redemption, template, code: command.code, isRepeat: false }, change }
}

function makeRedemption(command: RedeemCommand, coupon: CouponRow, template: Template, now: Date): RedemptionRow {
  return {
    lane: coupon.lane,
    no: withLaneIndex(command.no, laneIndexOf(coupon.lane)),
    sourceId: coupon.sourceId,
    serial: coupon.serial,
    orderNo: coupon.orderNo,
    channelId: coupon.channelId,
    activityId: coupon.activityId,
    templateId: coupon.templateId,
    acceptorId: command.acceptorId,
    merchantNo: command.merchantNo,
    shopNo: command.shopNo,
    traceNo: command.traceNo ?? null,
    state: 'succeeded',
    amountFen: command.amountFen ?? null,
    realAmountFen: command.realAmountFen ?? null,
    faceValueFen: coupon.faceValueFen,
    settleAmountFen: coupon.faceValueFen - template.merchantBenefitFen,
    fingerprint: command.fingerprint,
    createdAt: now,
    reversedAt: null,
  }
}

const bind = (command: RedeemCommand, redemption: RedemptionRow, now: Date): RequestNumberRow => ({
  scopeHash: command.scopeHash,
  fingerprint: command.fingerprint,
  lane: redemption.lane,
  redemptionNo: redemption.no,
  cancelledAt: null,
  createdAt: now,
})

function usedNotifications(world: RedeemWorld, coupon: CouponRow, redemption: RedemptionRow, now: Date) {
  const order = world.orders.get(coupon.orderNo)
  if (order === undefined) throw new Error(`order ${coupon.orderNo} of a coupon is missing`)
  if (order.redeemUrl === null) return []
  const { lane, face, appId, channelId, no: orderNo, redeemUrl: url } = order
  const { amountFen, realAmountFen, faceValueFen } = redemption
  const facts = { happenedAt: now.toISOString(), amountFen, realAmountFen, faceValueFen }
  const subject = { kind: 'used' as const, lane, face, appId, channelId, orderNo, url, facts }
  return [makeNotification({ ...subject, coupon, redemptionNo: redemption.no }, world.firstWaitSeconds(face), now)]
}

async function saveRedeem(tx: Tx, changes: RedeemChange[], now: Date): Promise<void> {
  const redemptions = changes.map((change) => change.redemption)
  // A coupon that may be used several times can be in a batch more than once: its last state is the one to write.
  const coupons = new Map(changes.map(({ coupon }) => [`${coupon.lane}/${coupon.sourceId}/${coupon.serial}`, coupon]))
  await Promise.all([
    insertRequestNumbers(
      tx,
      changes.map((change) => change.requestNumber),
    ),
    updateCoupons(tx, [...coupons.values()]),
    insertRedemptions(tx, redemptions),
    insertNotifications(
      tx,
      changes.flatMap((change) => change.notifications),
    ),
    addToDailyTotals(
      tx,
      sumTotals(
        redemptions.map((row) => ({ ...row, redeemed: 1, redeemedFen: row.faceValueFen })),
        now,
      ),
    ),
  ])
}
