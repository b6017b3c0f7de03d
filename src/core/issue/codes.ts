import type { CounterRow } from '../../db/counters.ts'
import { readPoolCodes } from '../../db/imported-codes.ts'
import type { Tx } from '../../db/client/client.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { poolCodeKey, type PoolCodes } from '../coupon/coupon-code.ts'
import type { CoreContext } from '../batch/verb.ts'
import type { IssueCommand } from '../command/issue.ts'
import { askedSupplierOf } from '../supplier/supplier-of.ts'
import type { Setup } from '../set-up/snapshot.ts'

/**
 * Where the codes of a batch come from. `take` gives that many numbers, or none where there are not enough; `left` are
 * numbers of own codes that nobody has taken.
 */
export type CodeSupply = { isPool: boolean; take: (quantity: number) => number[] | undefined; left: readonly number[] }

// Codes that a supplier makes come when it has answered.
function sourceIdOf({ templateId }: IssueCommand, setup: Setup): number | undefined {
  const template = setup.templates.get(templateId)
  return askedSupplierOf(setup, template) === undefined ? template?.sourceId : undefined
}

/** The pools that the commands take codes from. */
export const poolsOf = (commands: IssueCommand[], setup: Setup): number[] => [
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

/** Looks up what codes the commands may take. The counters of their pools are locked already. */
export async function loadCodes(
  core: CoreContext,
  tx: Tx,
  commands: IssueCommand[],
  setup: Setup,
  counters: Map<string, CounterRow>,
  poolCodes: PoolCodes,
): Promise<Map<number, CodeSupply>> {
  const codes = new Map<number, CodeSupply>()
  // In the order of the sources: where numbers of own codes are missing, their counters are locked here.
  for (const [id, amount] of [...codesWanted(commands, setup)].toSorted(([a], [b]) => a - b)) {
    const isPool = setup.codeSources.get(id)?.kind === 'pool'
    const supply = isPool
      ? poolSupply(tx, id, amount, counters.get(numbersKey(id)), poolCodes)
      : spaceSupply(core, tx, id, amount)
    codes.set(id, await supply)
  }
  return codes
}

async function spaceSupply({ numbers }: CoreContext, tx: Tx, sourceId: number, amount: number): Promise<CodeSupply> {
  const left = await numbers.take(tx, sourceId, amount)
  return {
    isPool: false,
    take: (quantity) => (left.length < quantity ? undefined : left.splice(0, quantity)),
    left,
  }
}

/** Puts numbers back that a batch took out and has not used. */
export function releaseCodes({ numbers }: CoreContext, codes: ReadonlyMap<number, CodeSupply>): void {
  for (const [sourceId, { left }] of codes) if (left.length > 0) numbers.putBack(sourceId, left)
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
    left: [],
  }
}
