import { lockCounters, makeCounters, type CounterRow } from '../db/counters.ts'
import { readCouponsOfOrders, type CouponRow } from '../db/coupons.ts'
import { readPoolCodes } from '../db/imported-codes.ts'
import { findOrders, type OrderRow } from '../db/orders.ts'
import type { Tx } from '../db/client.ts'
import type { Keyring } from '../keyring.ts'
import { numbersKey } from './codes/number-blocks.ts'
import { loadPoolCodes, poolCodeKey, type PoolCodes } from './codes/reveal.ts'
import type { CoreContext } from './context.ts'
import type { FullCounters } from './full-counters.ts'
import type { IssueCommand } from './issue-command.ts'
import { countersOf, type CounterUse } from './limits.ts'
import { loadNonces, type HeardNonces } from './nonces.ts'
import { pairKey, type Setup } from './set-up/snapshot.ts'

/** Where the codes of a batch come from. `take` gives that many numbers, or none where there are not enough. */
export type CodeSupply = { isPool: boolean; take: (quantity: number) => number[] | undefined }

export type IssueWorld = {
  setup: Setup
  keyring: Keyring
  firstWaitSeconds: (face: string) => number
  /** The counters that have no room left: known so from memory, or read so just now. */
  full: ReadonlySet<string>
  heardNonces: HeardNonces
  /** Earlier orders, by channel and the channel's number. */
  orders: Map<string, { order: OrderRow; coupons: CouponRow[] }>
  /** Which counters each command takes from, by command number, as of the load. */
  countersOf: Map<string, CounterUse[]>
  counters: Map<string, CounterRow>
  codes: Map<number, CodeSupply>
  poolCodes: PoolCodes
}

/** Locks the counters first and reads earlier orders behind them, so that the read sees what the lock waited for. */
export async function loadIssue(
  core: CoreContext,
  tx: Tx,
  commands: IssueCommand[],
  setup: Setup,
): Promise<IssueWorld> {
  const { hub, full, firstWaitSeconds } = core
  const { keyring } = hub
  const now = hub.now()
  const uses = new Map(commands.map((command) => [command.no, countersOf(command, setup, keyring, now)]))
  const { wanted, believed } = splitFull(dedupe([...uses.values()].flat()), full, now)
  const pools = poolsOf(commands, setup)
  const [, counters, orders, heardNonces] = await Promise.all([
    makeCounters(
      tx,
      wanted.filter((use) => use.max !== null),
    ),
    lockCounters(tx, [...wanted.map((use) => use.key), ...pools.map(numbersKey)]),
    findOrders(tx, dedupeOrders(commands)),
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
    full: new Set([...believed, ...rememberFull(wanted, counterOf, full, now)]),
    heardNonces,
    orders: groupOrders(orders, coupons),
    countersOf: uses,
    counters: counterOf,
    codes,
    poolCodes,
  }
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

const dedupe = (uses: CounterUse[]): CounterUse[] => [...new Map(uses.map((use) => [use.key, use])).values()]

const dedupeOrders = (commands: IssueCommand[]): IssueCommand[] => [
  ...new Map(commands.map((command) => [pairKey(command.channelId, command.externalNo), command])).values(),
]

function groupOrders(orders: OrderRow[], coupons: CouponRow[]): IssueWorld['orders'] {
  const couponsOf = new Map<string, CouponRow[]>(orders.map((order) => [order.no, []]))
  for (const coupon of coupons) couponsOf.get(coupon.orderNo)?.push(coupon)
  return new Map(
    orders.map((order) => [pairKey(order.channelId, order.externalNo), { order, coupons: couponsOf.get(order.no)! }]),
  )
}

const sourceIdOf = (command: IssueCommand, setup: Setup): number | undefined =>
  setup.templates.get(command.templateId)?.sourceId

const poolsOf = (commands: IssueCommand[], setup: Setup): number[] => [
  ...new Set(
    commands
      .map((command) => sourceIdOf(command, setup))
      .filter((id) => id !== undefined)
      .filter((id) => setup.codeSources.get(id)?.kind === 'pool'),
  ),
]

/** How many codes of each source the commands may need. */
function codesWanted(commands: IssueCommand[], setup: Setup): Map<number, number> {
  const wanted = new Map<number, number>()
  for (const command of commands) {
    const id = sourceIdOf(command, setup)
    if (id !== undefined) wanted.set(id, (wanted.get(id) ?? 0) + command.quantity)
  }
  return wanted
}

/** Has numbers for own codes at hand, so that the batch need not lock the space. */
export async function prepareCodes({ setup, numbers }: CoreContext, commands: IssueCommand[]): Promise<void> {
  const current = setup.current()
  for (const [id, amount] of codesWanted(commands, current)) {
    if (current.codeSources.get(id)?.kind === 'space') await numbers.prepare(id, amount)
  }
}

async function loadCodes(
  core: CoreContext,
  tx: Tx,
  commands: IssueCommand[],
  setup: Setup,
  counters: Map<string, CounterRow>,
  poolCodes: PoolCodes,
): Promise<Map<number, CodeSupply>> {
  const codes = new Map<number, CodeSupply>()
  for (const [id, amount] of codesWanted(commands, setup)) {
    const isPool = setup.codeSources.get(id)?.kind === 'pool'
    const supply = isPool
      ? poolSupply(tx, id, amount, counters.get(numbersKey(id)), poolCodes)
      : spaceSupply(core, tx, id, amount)
    codes.set(id, await supply)
  }
  return codes
}

async function spaceSupply({ numbers }: CoreContext, tx: Tx, sourceId: number, amount: number): Promise<CodeSupply> {
  const next = await numbers.reserve(tx, sourceId, amount)
  return {
    isPool: false,
    take: (quantity) => {
      const taken = Array.from({ length: quantity }, next)
      return taken.every((number) => number !== undefined) ? taken : undefined
    },
  }
}

// The codes of a pool are numbered and its counter says which come next: no search for a free one.
async function poolSupply(
  tx: Tx,
  sourceId: number,
  amount: number,
  counter: CounterRow | undefined,
  poolCodes: PoolCodes,
): Promise<CodeSupply> {
  if (counter === undefined) throw new Error(`pool ${sourceId} has no counter`)
  const end = Math.min(counter.used + amount, counter.max ?? 0)
  const names = Array.from({ length: end - counter.used }, (_, i) => ({ sourceId, number: counter.used + i }))
  for (const row of await readPoolCodes(tx, names)) poolCodes.set(poolCodeKey(sourceId, row.number), row)
  return {
    isPool: true,
    take: (quantity) => {
      if (counter.used + quantity > end) return undefined
      counter.used += quantity
      return Array.from({ length: quantity }, (_, i) => counter.used - quantity + i)
    },
  }
}
