import { lockCounters, makeCounters, type CounterRow } from '../../db/counters.ts'
import { readCouponsOfOrders, type CouponRow } from '../../db/coupons.ts'
import { findOrders, type OrderRow } from '../../db/orders.ts'
import { lastOfEach } from '../../db/client/rows.ts'
import type { Tx } from '../../db/client/client.ts'
import type { Keyring } from '../../keyring.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { loadPoolCodes, type PoolCodes } from '../coupon/coupon-code.ts'
import { askedOf, inUseOf, needsOf, type Asked, type InUse } from '../decision/ask-rules.ts'
import type { CoreContext } from '../batch/verb.ts'
import type { FullCounters } from '../counters/counters.ts'
import { loadCodes, poolsOf, type CodeSupply } from './codes.ts'
import type { IssueCommand, SealedIssueCommand } from '../command/issue.ts'
import { countersOf, type CounterUse } from './limits.ts'
import { loadNonces, type KnownNonces } from '../command/callers.ts'
import { isInWallet } from '../supplier/supplier-of.ts'
import { pairKey, type Setup, type Template } from '../set-up/snapshot.ts'

export type IssueWorld = {
  setup: Setup
  keyring: Keyring
  firstWaitSeconds: (face: string) => number
  /** Where short messages go, if anywhere. */
  messageUrl: string | undefined
  /** By which this process claims what it is about to ask a supplier. */
  claimId: string | null
  /** The counters that have no room left: known so from memory, or read so just now. */
  full: ReadonlySet<string>
  knownNonces: KnownNonces
  /** Earlier orders, by channel and the channel's number. */
  orders: Map<string, { order: OrderRow; coupons: CouponRow[] }>
  /** Which counters each command takes from, by command number, as of the load. */
  countersOf: Map<string, CounterUse[]>
  counters: Map<string, CounterRow>
  /** Which rules each command has to meet, by command number, and what is in use of their counters. */
  asked: Map<string, Asked>
  inUse: InUse
  /** Whether coupons of a template lie in their holders' own wallets. */
  isInWallet: (template: Template) => boolean
  codes: Map<number, CodeSupply>
  poolCodes: PoolCodes
}

/** Locks the counters first and reads earlier orders behind them, so that the read sees what the lock waited for. */
export async function loadIssue(
  core: CoreContext,
  tx: Tx,
  commands: SealedIssueCommand[],
  setup: Setup,
): Promise<IssueWorld> {
  const { hub, full, firstWaitSeconds } = core
  const { keyring } = hub
  const now = hub.now()
  const uses = new Map(commands.map((command) => [command.no, countersOf(command, setup, now)]))
  const asked = new Map(commands.map((command) => [command.no, askedOfIssue(command, setup)]))
  const needs = needsOf(asked.values(), now)
  const { wanted, believed } = splitFull(
    lastOfEach([...uses.values()].flat(), ({ key }) => key),
    full,
    now,
  )
  const pools = poolsOf(commands, setup)
  const [, counters, orders, knownNonces] = await Promise.all([
    makeCounters(tx, [...wanted.filter((use) => use.max !== null), ...needs]),
    lockCounters(tx, [...[...wanted, ...needs].map(({ key }) => key), ...pools.map(numbersKey)]),
    findOrders(
      tx,
      lastOfEach(commands, ({ channelId, externalNo }) => pairKey(channelId, externalNo)),
    ),
    loadNonces(tx, commands, now),
  ])
  const coupons = await readCouponsOfOrders(tx, orders)
  const poolCodes = await loadPoolCodes(tx, coupons, setup)
  const counterOf = new Map(counters.map((row) => [row.key, row]))
  const codes = await loadCodes(core, tx, commands, setup, counterOf, poolCodes)
  return {
    setup,
    keyring,
    firstWaitSeconds,
    messageUrl: hub.config.smsUrl,
    claimId: core.claimId(),
    full: new Set([...believed, ...rememberFull(wanted, counterOf, full, now)]),
    knownNonces,
    orders: groupOrders(orders, coupons),
    countersOf: uses,
    counters: counterOf,
    asked,
    inUse: inUseOf(needs, counterOf),
    isInWallet: (template) => isInWallet(hub, setup, template),
    codes,
    poolCodes,
  }
}

function askedOfIssue({ activityId, templateId, channelId, quantity }: IssueCommand, setup: Setup): Asked {
  const template = setup.templates.get(templateId)
  const facts = { scene: 'make', activityId, quantity, faceValueFen: template?.faceValueFen }
  const subjects = { activity: activityId, template: templateId, channel: channelId }
  return askedOf(setup, facts, { ...subjects, supplier: template?.supplierId ?? undefined })
}

/** Which counters need not be locked, because they were full a moment ago. */
function splitFull(uses: CounterUse[], full: FullCounters, now: Date): { wanted: CounterUse[]; believed: string[] } {
  const wanted = uses.filter((use) => !full.isFull(use.key, now))
  return { wanted, believed: uses.filter((use) => !wanted.includes(use)).map((use) => use.key) }
}

// Only what was full before this batch is remembered: what the batch itself takes may yet be undone.
function rememberFull(uses: CounterUse[], counters: Map<string, CounterRow>, full: FullCounters, now: Date): string[] {
  const keys = uses.filter((use) => roomOf(use, counters) <= 0).map((use) => use.key)
  for (const key of keys) full.remember(key, now)
  return keys
}

/** How much can still be taken from a counter that was loaded. */
export function roomOf({ key, max }: CounterUse, counters: ReadonlyMap<string, CounterRow>): number {
  const counter = counters.get(key)
  if (counter === undefined) throw new Error(`counter ${key} was not loaded`)
  return (max ?? counter.max ?? Infinity) - counter.used
}

function groupOrders(orders: OrderRow[], coupons: CouponRow[]): IssueWorld['orders'] {
  const couponsOf = new Map<string, CouponRow[]>(orders.map((order) => [order.no, []]))
  for (const coupon of coupons) couponsOf.get(coupon.orderNo)?.push(coupon)
  return new Map(
    orders.map((order) => [pairKey(order.channelId, order.externalNo), { order, coupons: couponsOf.get(order.no)! }]),
  )
}
