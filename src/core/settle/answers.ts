import type { AuditRow } from '../../db/audit.ts'
import type { CouponRow } from '../../db/coupons.ts'
import type { NotificationRow } from '../../db/notifications.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { Change } from '../batch/change.ts'
import type { Decided } from '../batch/verb.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { auditRow } from '../command/command.ts'
import type { SealedCode, SettleCommand, SettleOutcome, SupplierSaid } from '../command/settle.ts'
import { ledgerOfUses } from '../counters/balance.ts'
import { couponKey } from '../coupon/coupon.ts'
import { makeCoupons, orderNotifications, shareOf } from '../issue/make.ts'
import { expiredNotifications, usedNotifications } from '../notify/notification.ts'
import { useOnce } from '../redeem/redeem.ts'
import { templateOf } from '../set-up/snapshot.ts'
import { outcomeOf, type SettleWorld } from './load.ts'

type Settled = Decided<SettleOutcome>

/** An order whose supplier gave its codes; a reason where they cannot be what was asked for. */
export function made(
  world: SettleWorld,
  request: SupplierRequestRow,
  codes: SealedCode[],
  { no }: SettleCommand,
  now: Date,
): Settled | string {
  const order = orderOf(world, request)
  const template = templateOf(world.setup, order)
  const problem = problemOf(world, order, codes)
  if (problem !== undefined) return problem
  const counter = world.counters.get(numbersKey(template.sourceId))
  if (counter === undefined) throw new Error(`the pool of supplier ${request.supplierId} has no counter`)
  const numbers = codes.map((_, i) => (counter.max ?? 0) + i)
  counter.max = (counter.max ?? 0) + codes.length
  for (const { hash } of codes) world.knownCodes.add(hash.toString('hex'))
  Object.assign(order, { state: 'succeeded', finishedAt: now })
  const coupons = makeCoupons(order, template, numbers, shareOf(request.uses, order.quantity), now)
  end(request, 'accepted', 'codes made', now)
  const poolCodes = codes.map(({ hash, cipher }, i) => {
    return { sourceId: template.sourceId, number: numbers[i]!, codeHash: hash, cipher }
  })
  const notifications = orderNotifications(world, order, template, no, now)
  const change: Change = {
    supplierRequests: [{ ...request, uses: [] }],
    finishedOrders: [order],
    newCoupons: coupons,
    newPoolCodes: poolCodes,
    notifications,
  }
  const withCodes = coupons.map((coupon, i) => ({ coupon, code: codes[i]!.code }))
  return { outcome: outcomeOf(world, request, withCodes), change }
}

// Fewer codes than asked, or one that the hub has already, is no answer that can be used, not even in part.
function problemOf(
  { setup, knownCodes }: SettleWorld,
  { quantity }: OrderRow,
  codes: SealedCode[],
): string | undefined {
  if (codes.length !== quantity) return `${codes.length} codes came for ${quantity}`
  if (codes.some(({ hash }) => knownCodes.has(hash.toString('hex')))) return 'a code came that the hub has already'
  const spaces = [...setup.codeSources.values()].flatMap(({ space }) => space ?? [])
  const isOwn = ({ code }: SealedCode): boolean => spaces.some((space) => space.serialOf(code) !== undefined)
  return codes.some(isOwn) ? 'a code came that is one of the hub’s own' : undefined
}

/** An order that its supplier refused: what it took is given back. */
export function failed(
  world: SettleWorld,
  request: SupplierRequestRow,
  { words, reason }: Extract<SupplierSaid, { kind: 'refused' }>,
  command: SettleCommand,
  now: Date,
): Settled {
  const order = orderOf(world, request)
  const failure = { failure: words.slice(0, 500), failureCode: reason ?? null }
  Object.assign(order, { state: 'failed', ...failure, finishedAt: now })
  // The counter of a period that is over may be forgotten by now: nothing can be given back to it.
  const returned = request.uses.filter(([key]) => world.counters.has(key))
  end(request, 'refused', words, now)
  const notifications: NotificationRow[] = orderNotifications(
    world,
    order,
    templateOf(world.setup, order),
    command.no,
    now,
  )
  const after = { state: 'failed', failure: words }
  const audit = auditOf(command, 'order', order.no, after, now)
  const { lane, channelId, no: orderNo } = order
  const ledger = ledgerOfUses({ lane, no: request.no, channelId, orderNo }, 'failed', returned, now)
  const change: Change = {
    supplierRequests: [{ ...request, uses: [] }],
    finishedOrders: [order],
    givenBack: returned,
    ledger,
    notifications,
    audit,
  }
  return { outcome: outcomeOf(world, request, []), change }
}

/** What an operator did in the supplier's place; nothing where the supplier answered itself. */
function auditOf(
  { no, operator }: SettleCommand,
  subjectKind: string,
  subjectId: string,
  after: object,
  now: Date,
): AuditRow[] {
  if (operator === undefined) return []
  return [auditRow({ no }, operator, 'supplier.give-up', subjectKind, subjectId, { state: 'pending' }, after, now)]
}

function end(request: SupplierRequestRow, state: 'accepted' | 'refused', answer: string, now: Date): void {
  const done = { state, attempts: request.attempts + 1, dueAt: null, lastAnswer: answer.slice(0, 500), finishedAt: now }
  Object.assign(request, done, { claimId: null, claimedUntil: null })
}

function orderOf({ orders }: SettleWorld, { no, orderNo }: SupplierRequestRow): OrderRow {
  const order = orders.get(orderNo)
  if (order === undefined) throw new Error(`order ${orderNo} of supplier request ${no} is missing`)
  return order
}

/** A redemption to which the coupon's supplier said yes. */
export function confirmed(world: SettleWorld, request: SupplierRequestRow, { no }: SettleCommand, now: Date): Settled {
  const { redemption, coupon } = subjectOf(world, request)
  Object.assign(redemption, { state: 'succeeded', settledAt: now })
  useOnce(coupon)
  coupon.changedAt = now
  end(request, 'accepted', 'confirmed', now)
  const notifications = usedNotifications(world, coupon, redemption, no, now)
  const change: Change = { ...settled(request, redemption, coupon), notifications }
  return { outcome: outcomeOf(world, request, []), change }
}

/** A redemption that the coupon's supplier refused: the coupon may be used again, and what it took is given back. */
export function denied(
  world: SettleWorld,
  request: SupplierRequestRow,
  words: string,
  command: SettleCommand,
  now: Date,
): Settled {
  const { redemption, coupon } = subjectOf(world, request)
  const returned = redemption.uses.filter(([key]) => world.counters.has(key))
  const failure = words.slice(0, 500)
  const detail = { ...redemption.detail, failure }
  Object.assign(redemption, { state: 'failed', settledAt: now, usesReturned: returned, detail })
  if (coupon.state === 'redeeming') coupon.state = 'issued'
  coupon.changedAt = now
  end(request, 'refused', words, now)
  const after = { state: 'failed', failure }
  const audit = auditOf(command, 'redemption', redemption.no, after, now)
  const change: Change = { ...settled(request, redemption, coupon), givenBack: returned, audit }
  return { outcome: outcomeOf(world, request, []), change }
}

const settled = (request: SupplierRequestRow, redemption: RedemptionRow, coupon: CouponRow): Change => ({
  supplierRequests: [{ ...request }],
  finishedRedemptions: [redemption],
  coupons: [{ ...coupon }],
})

function subjectOf(world: SettleWorld, { no, redemptionNo }: SupplierRequestRow) {
  const redemption: RedemptionRow | undefined = world.redemptions.get(redemptionNo ?? '')
  const coupon: CouponRow | undefined = redemption && world.couponOf(redemption)
  if (redemption === undefined || coupon === undefined) {
    throw new Error(`the redemption of supplier request ${no} or its coupon is missing`)
  }
  return { redemption, coupon }
}

/**
 * The supplier has said what became of a coupon that is past its end, or an operator in its place. A use that it told of
 * is recorded before, so that the coupon's own state says whether anybody has to hear that it expired.
 */
export function lookedUp(
  world: SettleWorld,
  request: SupplierRequestRow,
  command: SettleCommand,
  now: Date,
): Decided<SettleOutcome> {
  const coupon = world.couponOf(request)
  if (coupon === undefined) throw new Error(`the coupon of supplier request ${request.no} is missing`)
  const { said } = command
  const isTold = coupon.state === 'expired' && !world.isExpiryTold(coupon)
  const words = said.kind === 'refused' ? said.words : `the coupon is ${coupon.state}`
  end(request, said.kind === 'refused' ? 'refused' : 'accepted', words, now)
  const after = { state: coupon.state, failure: words }
  const audit = auditOf(command, 'coupon', couponKey(coupon), after, now)
  const notifications = isTold ? expiredNotifications(world, coupon, command.no, now) : []
  return {
    outcome: outcomeOf(world, request, []),
    change: { supplierRequests: [{ ...request }], notifications, audit },
  }
}
