import { templateOf, type Template } from '../set-up/snapshot.ts'
import { hash } from 'node:crypto'
import type { CouponRow } from '../../db/coupons.ts'
import type { DecisionRow } from '../../db/decisions.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import type { RequestNumberRow } from '../../db/request-numbers.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import { takeUses, type Asked } from '../decision/ask-rules.ts'
import type { Change } from '../batch/change.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { redeemDecision } from '../decision/decisions.ts'
import { HubError, refuse } from '../command/errors.ts'
import { rememberNonce, refuseReplay, checkTill } from '../command/callers.ts'
import { checkFound, checkUse, type Usable } from './checks.ts'
import { elsewhere, isForSupplier, type Elsewhere } from './routes.ts'
import type { RedeemCommand } from '../command/redeem.ts'
import { loadRedeem, type RedeemWorld } from './load.ts'
import { makeRedemption } from './make.ts'
import type { RulesPassed } from '../rules/index.ts'
import { makeSupplierRequest } from '../supplier/request.ts'
import { usedNotifications } from '../notify/notification.ts'

export type RedeemOutcome = {
  redemption: RedemptionRow
  template: Template
  code: string
  isRepeat: boolean
  usesLeft: number
  /** What is to be asked of a supplier right after the commit. */
  request?: SupplierRequestRow | undefined
}

/** The scope of a till's number: unique within its acceptor, across lanes. */
export function requestScope(acceptorId: string, kind: 'number' | 'message', text: string): Buffer {
  return hash('sha256', `${acceptorId}\n${kind}\n${text}`, 'buffer')
}

type Redeemed = RedeemOutcome | Elsewhere

export function createRedeem(core: CoreContext): Verb<RedeemCommand, RedeemWorld, Redeemed> {
  return {
    name: 'redeem',
    load: (tx, commands, setup) => loadRedeem(core, tx, commands, setup),
    decide: decideRedeem,
  }
}

function decideRedeem(world: RedeemWorld, command: RedeemCommand, now: Date): Decided<Redeemed> {
  const bound = world.requestNumbers.get(command.scopeHash.toString('hex'))
  // Its own effect, found by a second run after a commit whose answer was lost: nothing is asked anew.
  if (bound !== undefined && isOwnEffect(bound, command)) return { outcome: repeat(world, command, bound) }
  refuseReplay(world.knownNonces, command)
  const till = checkTill(world.setup, command)
  if (bound !== undefined) return decideRepeat(world, command, bound, now)
  const found = world.coupons.get(command.code)
  if (isForSupplier(world.setup, command, found !== undefined)) return { outcome: elsewhere }
  const coupon = checkFound(found, world.guesses, command, now)
  return refusingOf(coupon, () => {
    const usable = checkUse(world, command, coupon, till.merchant, now)
    return redeemNow(world, command, coupon, usable, now)
  })
}

/** A refusal is kept with the coupon that it is about: a till does not say whose it is. */
function refusingOf<T>(coupon: CouponRow, decide: () => T): T {
  try {
    return decide()
  } catch (error) {
    if (error instanceof HubError) error.coupon = coupon
    throw error
  }
}

function decideRepeat(world: RedeemWorld, command: RedeemCommand, bound: RequestNumberRow, now: Date) {
  const outcome = repeat(world, command, bound)
  if (outcome === elsewhere) return { outcome }
  const nonces = rememberNonce(world.knownNonces, command, now)
  return nonces.length === 0 ? { outcome } : { outcome, change: { nonces } }
}

// The two numbers differ in their lane alone, which a command does not know yet.
export const isOwnEffect = ({ redemptionNo }: RequestNumberRow, { no }: RedeemCommand): boolean =>
  redemptionNo?.slice(20) === no.slice(20)

function repeat(world: RedeemWorld, command: RedeemCommand, bound: RequestNumberRow): Redeemed {
  const redemption = world.redemptions.get(refuseUnlessSame(bound, command))
  if (redemption === undefined) return elsewhere
  if (redemption.state === 'failed') refuse('supplier_rejected', redemption.detail.failure ?? 'the supplier refused it')
  if (redemption.state === 'reversed') refuse('redemption_reversed', 'the redemption was reversed since')
  const isRepeat = !isOwnEffect(bound, command)
  if (!command.isRepeatable && isRepeat) refuse('coupon_redeemed', 'the coupon is used')
  const usesLeft = world.coupons.get(command.code)?.usesLeft ?? 0
  return { redemption, template: templateOf(world.setup, redemption), code: command.code, isRepeat, usesLeft }
}

/** The redemption that a number is bound to. Refuses one that was cancelled before it came, and other content. */
export function refuseUnlessSame({ redemptionNo, fingerprint }: RequestNumberRow, command: RedeemCommand): string {
  if (redemptionNo === null) return refuse('request_cancelled', 'the number was cancelled before it came')
  if (fingerprint?.equals(command.fingerprint) !== true) {
    refuse('request_conflict', 'the number is used with other content')
  }
  return redemptionNo
}

function redeemNow(
  world: RedeemWorld,
  command: RedeemCommand,
  coupon: CouponRow,
  { template, ruled, amounts, funds }: Usable,
  now: Date,
): Decided<RedeemOutcome> {
  const isPending = world.mustConfirm(coupon)
  if (isPending) coupon.state = 'redeeming'
  else useOnce(coupon)
  coupon.changedAt = now
  takeUses(world.inUse, ruled.uses)
  const redemption = makeRedemption(command, coupon, amounts, ruled, funds, isPending, now)
  const requestNumber = bind(command, redemption, now)
  world.requestNumbers.set(command.scopeHash.toString('hex'), requestNumber)
  world.redemptions.set(redemption.no, redemption)
  const { lane, no, orderNo } = redemption
  const asked = { lane, no, kind: 'confirm' as const, orderNo, redemptionNo: no, uses: [] }
  const requests = isPending
    ? [makeSupplierRequest({ ...asked, supplierId: template.supplierId! }, world.claimId, now)]
    : []
  const change: Change = {
    nonces: rememberNonce(world.knownNonces, command, now),
    newRedemptions: [redemption],
    coupons: [{ ...coupon }],
    requestNumbers: [requestNumber],
    takings: { carriedBy: 'redemptions', uses: redemption.uses },
    notifications: isPending ? [] : usedNotifications(world, coupon, redemption, command.no, now),
    newSupplierRequests: requests,
    decisions: decisionsOf(world.asked.get(command.no)!, command, redemption, coupon, ruled),
  }
  const { usesLeft } = coupon
  const outcome = { redemption, template, code: command.code, isRepeat: false, usesLeft, request: requests[0] }
  return { outcome, change }
}

/** Takes one use of a coupon. */
export function useOnce(coupon: CouponRow): void {
  coupon.usesLeft -= 1
  coupon.state = coupon.usesLeft === 0 ? 'redeemed' : 'issued'
}

const decisionsOf = (
  { facts, rules }: Asked,
  command: RedeemCommand,
  { no, createdAt: decidedAt }: RedemptionRow,
  coupon: CouponRow,
  { trace }: RulesPassed,
): DecisionRow[] =>
  rules.length === 0 ? [] : [redeemDecision(command, no, coupon, { decidedAt, facts, rules: trace, limits: [] })]

/** Binds a till's number to a redemption. */
export const bind = (
  command: RedeemCommand,
  redemption: { lane: number; no: string },
  now: Date,
): RequestNumberRow => ({
  scopeHash: command.scopeHash,
  fingerprint: command.fingerprint,
  lane: redemption.lane,
  redemptionNo: redemption.no,
  cancelledAt: null,
  createdAt: now,
})
