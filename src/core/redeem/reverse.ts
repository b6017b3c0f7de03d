import { lockCounters } from '../../db/counters.ts'
import { lockCoupons, type CouponRow } from '../../db/coupons.ts'
import { readOrders, type OrderRow } from '../../db/orders.ts'
import { readRedemptions, type RedemptionRow } from '../../db/redemptions.ts'
import { boundName, readRequestNumbers, type RequestNumberRow } from '../../db/request-numbers.ts'
import type { Tx } from '../../db/client/client.ts'
import { loadPoolCodes, revealCode } from '../coupon/coupon-code.ts'
import type { Change } from '../batch/change.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { couponKey } from '../coupon/coupon.ts'
import { endOfDay } from '../../time/shanghai.ts'
import { refuse } from '../command/errors.ts'
import { laneAt, laneIndexOfNumber } from '../numbers/numbers.ts'
import {
  rememberNonce,
  loadNonces,
  refuseReplay,
  type KnownNonces,
  type Nonce,
  isOwnRedemption,
  type Redeemer,
  checkChannelCaller,
  checkTill,
} from '../command/callers.ts'
import { reversedNotifications } from '../notify/notification.ts'
import { type Operator, auditRow, type Command } from '../command/command.ts'
import { isSameCode } from '../codes/typed-code.ts'
import { mustConfirm } from './load.ts'
import { elsewhere, type Elsewhere } from './routes.ts'
import type { Setup } from '../set-up/snapshot.ts'

/** Take a redemption back: the till or the channel that asked for it cancels it until the cut-off, an operator at any time. */
export type ReverseCommand = Command & {
  by: Redeemer | { operator: Operator }
  /** Named by our number, or by the scope of the till's own; where both are given, both must name it. */
  redemptionNo?: string | undefined
  scopeHash?: Buffer | undefined
  /** The coupon's code, where it is to be checked. */
  code?: string | undefined
  nonce?: Nonce | undefined
}

export type ReverseOutcome =
  | { kind: 'reversed'; redemption: RedemptionRow; code: string; isRepeat: boolean }
  /** The number was never seen: a redemption that comes late under it will be refused. */
  | { kind: 'forestalled'; cancelledAt: Date }

type ReverseWorld = {
  setup: Setup
  firstWaitSeconds: (face: string) => number
  requestNumbers: Map<string, RequestNumberRow>
  redemptions: Map<string, RedemptionRow>
  coupons: Map<string, CouponRow>
  orders: Map<string, OrderRow>
  codeOf: (redemption: RedemptionRow) => string
  /** The counters that there are still. */
  counted: ReadonlySet<string>
  knownNonces: KnownNonces
  /** Whether the coupon's supplier was asked before it was used, and would have to take that back. */
  isConfirmed: (redemption: RedemptionRow) => boolean
}

type Reversed = ReverseOutcome | Elsewhere

export function createReverse(core: CoreContext): Verb<ReverseCommand, ReverseWorld, Reversed> {
  return {
    name: 'reverse',
    load: (tx, commands, setup) => loadReverse(core, tx, commands, setup),
    decide: decideReverse,
  }
}

// The redemption is read twice: to learn which coupon to lock, and behind the lock, to see what it waited for.
async function loadReverse(core: CoreContext, tx: Tx, commands: ReverseCommand[], setup: Setup): Promise<ReverseWorld> {
  const scopes = commands.flatMap((command) => (command.scopeHash === undefined ? [] : [command.scopeHash]))
  const requestNumbers = await readRequestNumbers(tx, scopes)
  const names = [
    ...requestNumbers.flatMap(boundName),
    ...commands.flatMap((command) => numberedName(command.redemptionNo)),
  ]
  const [found, knownNonces] = await Promise.all([readRedemptions(tx, names), loadNonces(tx, commands, core.hub.now())])
  const [coupons, redemptions, orders, poolCodes] = await Promise.all([
    lockCoupons(tx, found),
    readRedemptions(tx, names),
    readOrders(
      tx,
      found.map((row) => ({ lane: row.lane, no: row.orderNo })),
    ),
    loadPoolCodes(tx, found, setup),
  ])
  // Behind the coupons, as every batch takes its locks.
  const keys = [...new Set(redemptions.flatMap(({ uses }) => uses.map(([key]) => key)))]
  return {
    setup,
    firstWaitSeconds: core.firstWaitSeconds,
    requestNumbers: new Map(requestNumbers.map((row) => [row.scopeHash.toString('hex'), row])),
    redemptions: new Map(redemptions.map((row) => [row.no, row])),
    coupons: new Map(coupons.map((row) => [couponKey(row), row])),
    orders: new Map(orders.map((row) => [row.no, row])),
    codeOf: (redemption) => revealCode(redemption, setup, poolCodes, core.hub.keyring),
    counted: new Set((await lockCounters(tx, keys)).map(({ key }) => key)),
    knownNonces,
    isConfirmed: (redemption) => mustConfirm(core, setup, redemption),
  }
}

const heard = (world: ReverseWorld, command: ReverseCommand, now: Date): Change => ({
  nonces: rememberNonce(world.knownNonces, command, now),
})

/** Where one of our numbers is kept; nowhere where the text cannot be one. */
export function numberedName(no: string | undefined): { lane: number; no: string }[] {
  const index = no === undefined ? undefined : laneIndexOfNumber(no)
  return no === undefined || index === undefined ? [] : [{ lane: laneAt(index), no }]
}

function decideReverse(world: ReverseWorld, command: ReverseCommand, now: Date): Decided<Reversed> {
  refuseReplay(world.knownNonces, command)
  if ('till' in command.by) checkTill(world.setup, command.by.till)
  if ('channel' in command.by) checkChannelCaller(world.setup, command.by.channel)
  const redemption = findRedemption(world, command)
  if (redemption === elsewhere) return { outcome: elsewhere }
  if (redemption === undefined) return forestall(world, command, now)
  if (!('operator' in command.by) && !isOwnRedemption(redemption, command.by)) {
    return refuse('redemption_not_found', 'the redemption is not of this merchant or channel')
  }
  const code = world.codeOf(redemption)
  if (command.code !== undefined && !isSameCode(command.code, code))
    refuse('redemption_not_found', 'the redemption is of another coupon')
  if (redemption.state === 'reversed') {
    return { outcome: { kind: 'reversed', redemption, code, isRepeat: true }, change: heard(world, command, now) }
  }
  if (redemption.state === 'pending') refuse('coupon_busy', 'the supplier of the coupon has not answered yet')
  if (redemption.state === 'failed') refuse('redemption_not_reversible', 'the supplier of the coupon refused it')
  const isByHand = 'operator' in command.by
  if (!isByHand && world.isConfirmed(redemption)) {
    refuse('redemption_not_reversible', 'the supplier of the coupon has counted it as used')
  }
  if (!isByHand && now >= cancelEnd(world.setup, redemption)) {
    refuse('redemption_not_reversible', 'the time in which the redemption could be cancelled is over')
  }
  const change = reverseNow(world, command, redemption, now)
  return { outcome: { kind: 'reversed', redemption, code, isRepeat: false }, change }
}

// A number that names no redemption of a coupon of ours may name one of a supplier's code.
function findRedemption(world: ReverseWorld, command: ReverseCommand): RedemptionRow | Elsewhere | undefined {
  const { redemptionNo, scopeHash } = command
  const bound = scopeHash === undefined ? undefined : world.requestNumbers.get(scopeHash.toString('hex'))
  if (redemptionNo === undefined) return boundRedemption(world, bound)
  const redemption = world.redemptions.get(redemptionNo)
  if (redemption === undefined) return elsewhere
  if (scopeHash !== undefined && bound?.redemptionNo !== redemptionNo) {
    refuse('redemption_not_found', `redemption ${redemptionNo} is not of that request number`)
  }
  return redemption
}

function boundRedemption(
  world: ReverseWorld,
  bound: RequestNumberRow | undefined,
): RedemptionRow | Elsewhere | undefined {
  if (bound === undefined || bound.redemptionNo === null) return undefined
  return world.redemptions.get(bound.redemptionNo) ?? elsewhere
}

/** Until when a redemption may be cancelled. */
export function cancelEnd(setup: Setup, redemption: { acceptorId: string; createdAt: Date }): Date {
  const cutOff = setup.acceptors.get(redemption.acceptorId)?.settings.cancelUntil ?? 'end-of-day'
  return cutOff === 'end-of-day'
    ? endOfDay(redemption.createdAt)
    : new Date(redemption.createdAt.getTime() + cutOff * 1000)
}

// A cancel may overtake what it cancels: the number is bound, so that the late redemption is refused.
function forestall(world: ReverseWorld, command: ReverseCommand, now: Date): Decided<ReverseOutcome> {
  const scopeHash = command.scopeHash!
  const earlier = world.requestNumbers.get(scopeHash.toString('hex'))
  if (earlier !== undefined) {
    const outcome = { kind: 'forestalled' as const, cancelledAt: earlier.cancelledAt ?? now }
    return { outcome, change: heard(world, command, now) }
  }
  const requestNumber = {
    scopeHash,
    fingerprint: null,
    lane: null,
    redemptionNo: null,
    cancelledAt: now,
    createdAt: now,
  }
  world.requestNumbers.set(scopeHash.toString('hex'), requestNumber)
  return {
    outcome: { kind: 'forestalled', cancelledAt: now },
    change: { ...heard(world, command, now), requestNumbers: [requestNumber] },
  }
}

function reverseNow(world: ReverseWorld, command: ReverseCommand, redemption: RedemptionRow, now: Date): Change {
  const coupon = world.coupons.get(couponKey(redemption))
  if (coupon === undefined) throw new Error(`the coupon of redemption ${redemption.no} is missing`)
  const before = { state: redemption.state }
  redemption.state = 'reversed'
  redemption.reversedAt = now
  // A period that is over may be counted no longer: nothing can be given back to it.
  redemption.usesReturned = redemption.uses.filter(([key]) => world.counted.has(key))
  coupon.usesLeft += 1
  if (coupon.state === 'redeemed') coupon.state = 'issued'
  // Of a coupon that has ended, `changedAt` is when: a use that comes back later does not change that.
  if (coupon.state !== 'voided' && coupon.state !== 'expired') coupon.changedAt = now
  const audit =
    'operator' in command.by
      ? [
          auditRow(
            command,
            command.by.operator,
            'redemption.reverse',
            'redemption',
            redemption.no,
            before,
            { state: 'reversed' },
            now,
          ),
        ]
      : []
  return {
    ...heard(world, command, now),
    reversedRedemptions: [redemption],
    coupons: [{ ...coupon }],
    givenBack: redemption.usesReturned,
    // Written only where the redemption had been told (see `saveChanges`).
    notifications: reversedNotifications(world, redemption, command.no, now),
    audit,
  }
}
