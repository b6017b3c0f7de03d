import type { NotificationRow } from '../../db/notifications.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import { ledgerOfUses } from '../counters/balance.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { makeCoupons, orderNotifications, shareOf } from '../issue/make.ts'
import type { Change } from '../batch/change.ts'
import { auditRow } from '../command/operator.ts'
import type { SealedCode, SettleCommand, SettleOutcome, SupplierSaid } from '../command/settle.ts'
import { outcomeOf, type SettleWorld } from './load.ts'
import type { Template } from '../set-up/snapshot.ts'
import type { Decided } from '../batch/verb.ts'

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
  const template = templateOf(world, order)
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
  { no, operator }: SettleCommand,
  now: Date,
): Settled {
  const order = orderOf(world, request)
  const failure = { failure: words.slice(0, 500), failureCode: reason ?? null }
  Object.assign(order, { state: 'failed', ...failure, finishedAt: now })
  // The counter of a period that is over may be forgotten by now: nothing can be given back to it.
  const returned = request.uses.filter(([key]) => world.counters.has(key))
  end(request, 'refused', words, now)
  const notifications: NotificationRow[] = orderNotifications(world, order, templateOf(world, order), no, now)
  const after = { state: 'failed', failure: words }
  const audit =
    operator === undefined
      ? []
      : [auditRow({ no }, operator, 'supplier.give-up', 'order', order.no, { state: 'pending' }, after, now)]
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

/** Ends a request. */
export function end(request: SupplierRequestRow, state: 'accepted' | 'refused', answer: string, now: Date): void {
  const done = { state, attempts: request.attempts + 1, dueAt: null, lastAnswer: answer.slice(0, 500), finishedAt: now }
  Object.assign(request, done, { claimId: null, claimedUntil: null })
}

function orderOf({ orders }: SettleWorld, { no, orderNo }: SupplierRequestRow): OrderRow {
  const order = orders.get(orderNo)
  if (order === undefined) throw new Error(`order ${orderNo} of supplier request ${no} is missing`)
  return order
}

function templateOf({ setup }: SettleWorld, { templateId, no }: OrderRow): Template {
  const template = setup.templates.get(templateId)
  if (template === undefined) throw new Error(`template ${templateId} of order ${no} is missing`)
  return template
}
