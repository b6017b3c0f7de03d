import type { CouponRow, Use } from '../../db/coupons.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { PoolCodeRow } from '../../db/imported-codes.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import { passRules, takeUses } from '../decision/ask-rules.ts'
import { ledgerOfUses, settlementPriceOf } from '../counters/balance.ts'
import { poolCodeKey, revealCode } from '../coupon/coupon-code.ts'
import { serialFrom } from '../codes/code-space.ts'
import type { Change } from '../batch/change.ts'
import type { Hub } from '../../hub.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { stateAt } from '../coupon/coupon.ts'
import { issueDecision } from '../decision/decisions.ts'
import { refuse } from '../command/errors.ts'
import type { Explanation, LimitStep } from '../command/explanation.ts'
import type { IssueCommand, SealedIssueCommand } from '../command/issue.ts'
import { prepareCodes, releaseCodes } from './codes.ts'
import { loadIssue, roomOf, type IssueWorld } from './load.ts'
import { makeCoupons, makeOrder, orderNotifications, shareOf } from './make.ts'
import { laneIndexOf } from '../numbers/numbers.ts'
import type { CounterUse } from './limits.ts'
import { askedSupplierOf } from '../supplier/supplier-of.ts'
import { rememberNonce, refuseReplay, checkApp, checkChannel } from '../command/callers.ts'
import { checkHolder, checkOffer } from './offer.ts'
import type { RulesPassed } from '../rules/index.ts'
import { makeSupplierRequest } from '../supplier/request.ts'
import { pairKey, templateOf, type Template } from '../set-up/snapshot.ts'

/** `code` is computed when it is asked for: by the one that is told, not while the batch holds its locks. */
export type IssuedCoupon = { readonly code: string; coupon: CouponRow }
export type IssueOutcome = {
  order: OrderRow
  /** None while the order is pending, and where it failed. */
  coupons: IssuedCoupon[]
  template: Template
  isRepeat: boolean
  /** What is to be asked of a supplier right after the commit. */
  request?: SupplierRequestRow | undefined
}

/** The verb `issue`. Refuses as `decideIssue` does. */
export function createIssue(core: CoreContext): Verb<SealedIssueCommand, IssueWorld, IssueOutcome> {
  return {
    name: 'issue',
    prepare: (commands) => prepareCodes(core, commands),
    load: (tx, commands, setup) => loadIssue(core, tx, commands, setup),
    decide: (world, command, now) => decideIssue(core.hub, world, command, now),
    release: (world) => releaseCodes(core, world.codes),
  }
}

const orderKey = (command: Pick<IssueCommand, 'channelId' | 'externalNo'>): string =>
  pairKey(command.channelId, command.externalNo)

function decideIssue(
  { faceTerms }: Hub,
  world: IssueWorld,
  command: SealedIssueCommand,
  now: Date,
): Decided<IssueOutcome> {
  const earlier = world.orders.get(orderKey(command))
  // Its own effect, found by a second run after a commit whose answer was lost: nothing is asked anew.
  if (earlier?.order.no === command.no) return { outcome: { ...repeat(world, earlier, now), isRepeat: false } }
  const app = checkApp(world.setup, command)
  refuseReplay(world.knownNonces, command)
  checkChannel(world.setup, app, command.channelId)
  const failed = earlier === undefined ? undefined : failedToRemake(command, earlier)
  if (earlier !== undefined && failed === undefined) return decideRepeat(world, command, earlier, now)
  const template = checkOffer({ setup: world.setup, faceTerms }, command, now)
  checkHolder(world, command, template)
  const counters = world.countersOf.get(command.no)!
  const asked = world.asked.get(command.no)!
  const ruled = passRules(asked, world.inUse, now, () => stepsOf(world, counters, command.quantity, now))
  const explain: Explain = (limits) => ({ decidedAt: now, facts: asked.facts, rules: ruled.trace, limits })
  checkRoom(world, counters, command.quantity, explain, now)
  return issueNew(world, command, template, ruled, failed, now)
}

type Earlier = { order: OrderRow; coupons: CouponRow[] }

/** The failed order that the same request makes anew, where its face has it so. */
function failedToRemake({ isRemakeable, fingerprint }: IssueCommand, { order }: Earlier): OrderRow | undefined {
  const isSame = order.fingerprint.equals(fingerprint)
  return isRemakeable === true && order.state === 'failed' && isSame ? order : undefined
}

function decideRepeat(world: IssueWorld, command: IssueCommand, earlier: Earlier, now: Date) {
  if (!earlier.order.fingerprint.equals(command.fingerprint)) {
    refuse('request_conflict', `order number ${command.externalNo} is used with other content`)
  }
  const outcome = repeat(world, earlier, now)
  const nonces = rememberNonce(world.knownNonces, command, now)
  return nonces.length === 0 ? { outcome } : { outcome, change: { nonces } }
}

function repeat(world: IssueWorld, { order, coupons }: Earlier, now: Date): IssueOutcome {
  const isVoided = coupons.length > 0 && coupons.every((coupon) => stateAt(coupon, now) === 'voided')
  if (isVoided) refuse('order_voided', 'the order was voided')
  const template = templateOf(world.setup, order)
  return { order, coupons: coupons.map((coupon) => withCode(world, coupon)), template, isRepeat: true }
}

const withCode = (world: IssueWorld, coupon: CouponRow): IssuedCoupon => ({
  get code() {
    return revealCode(coupon, world.setup, world.poolCodes, world.keyring)
  },
  coupon,
})

// All counters are looked at before any is taken from: a refusal leaves the world as it was.
function checkRoom(world: IssueWorld, counters: CounterUse[], quantity: number, explain: Explain, now: Date): void {
  for (const counter of counters) {
    if (world.full.has(counter.key) || roomOf(counter, world.counters) < quantity * counter.each) {
      refuse(counter.code, counter.what, { explanation: explain(stepsOf(world, counters, quantity, now)) })
    }
  }
}

type Explain = (limits: LimitStep[]) => Explanation

// What is full is known from memory for a second: how much was used is then not known, and not needed.
function stepsOf(world: IssueWorld, counters: CounterUse[], quantity: number, now: Date): LimitStep[] {
  return counters.map(({ key, each, what, max: ownMax, endsAt }) => {
    const row = world.counters.get(key)
    const max = ownMax ?? row?.max ?? null
    const amount = quantity * each
    const isMet = !world.full.has(key) && row !== undefined && row.used + amount <= (max ?? Infinity)
    const passesAt = isMet || endsAt === null || endsAt <= now ? null : endsAt.toISOString()
    return { key, what, before: row?.used ?? max ?? 0, amount, max, isMet, passesAt }
  })
}

function issueNew(
  world: IssueWorld,
  command: SealedIssueCommand,
  template: Template,
  ruled: RulesPassed,
  failed: OrderRow | undefined,
  now: Date,
): Decided<IssueOutcome> {
  const { quantity } = command
  const counters = world.countersOf.get(command.no)!
  const { facts, rules } = world.asked.get(command.no)!
  const explanation = (): Explanation => ({
    decidedAt: now,
    facts,
    rules: ruled.trace,
    limits: stepsOf(world, counters, quantity, now),
  })
  const decisions =
    rules.length === 0 ? [] : [issueDecision(command, failed?.no ?? command.no, template, explanation())]
  const supplier = askedSupplierOf(world.setup, template)
  const serials = supplier === undefined ? takeCodes(world, command, template) : []
  const taken = counters.map(({ key, each }): Use => [key, quantity * each])
  const uses = [...taken, ...ruled.uses]
  for (const [key, amount] of taken) world.counters.get(key)!.used += amount
  takeUses(world.inUse, ruled.uses)
  // An order that failed keeps its number and its row: it is made anew.
  const settlementPriceFen = quantity * settlementPriceOf(world.setup, command.channelId, template)
  const made = makeOrder(command, template, settlementPriceFen, supplier !== undefined, now)
  const order = failed === undefined ? made : { ...made, no: failed.no, createdAt: failed.createdAt }
  const coupons = makeCoupons(order, template, serials, shareOf(uses, quantity), now)
  const { lane, no: orderNo } = order
  const asked = { lane, no: command.no, kind: 'make' as const, orderNo, redemptionNo: null, uses }
  const requests =
    supplier === undefined ? [] : [makeSupplierRequest({ ...asked, supplierId: supplier.id }, world.claimId, now)]
  world.orders.set(orderKey(command), { order, coupons })
  const change: Change = {
    nonces: rememberNonce(world.knownNonces, command, now),
    ...(failed === undefined ? { newOrders: [order] } : { remadeOrders: [order] }),
    newCoupons: coupons,
    takenPoolCodes: coupons.flatMap((coupon) => poolCodeOf(world, coupon)),
    takings: { carriedBy: supplier === undefined ? 'coupons' : 'supplier_requests', uses },
    ledger: ledgerOfUses({ lane, no: command.no, channelId: order.channelId, orderNo }, 'ordered', uses, now),
    newSupplierRequests: requests,
    notifications: supplier === undefined ? orderNotifications(world, order, template, command.no, now) : [],
    decisions,
  }
  const codes = coupons.map((coupon) => withCode(world, coupon))
  return { outcome: { order, coupons: codes, template, isRepeat: false, request: requests[0] }, change }
}

function takeCodes(world: IssueWorld, command: IssueCommand, template: Template): number[] {
  const source = world.codes.get(template.sourceId)
  if (source === undefined) throw new Error(`code source ${template.sourceId} was not loaded`)
  const numbers = source.take(command.quantity)
  if (numbers === undefined) return refuse('stock_exhausted', `code source ${template.sourceId} has no codes left`)
  return source.isPool ? numbers : numbers.map((number) => serialFrom(number, laneIndexOf(command.lane)))
}

function poolCodeOf(world: IssueWorld, coupon: CouponRow): PoolCodeRow[] {
  const row = world.poolCodes.get(poolCodeKey(coupon.sourceId, coupon.serial))
  return row === undefined ? [] : [row]
}
