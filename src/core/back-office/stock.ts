import { z } from 'zod'
import { changeCounterMax, lockCounters, type CounterRow } from '../../db/counters.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import { idField } from '../../read/fields.ts'
import { refuse } from '../command/errors.ts'
import { stockKey } from '../issue/limits.ts'
import type { Operator } from '../command/command.ts'
import { actOnSetup, type SetupCore, type SetupDecision } from './act.ts'
import { parseInput, requireFound } from './fields.ts'
import type { Setup } from '../set-up/snapshot.ts'

export type Stocked = 'template' | 'activity'

/** How many coupons were issued, and how many there may be. */
export type Stock = { used: number; max: number }

const stockSchema = z.strictObject({
  kind: z.enum(['template', 'activity']),
  id: idField(),
  /** How many more (or fewer, where negative). */
  amount: z
    .int('must be a whole number')
    .min(-1_000_000_000)
    .max(1_000_000_000)
    .refine((amount) => amount !== 0, 'must not be 0'),
})
export type StockChange = z.input<typeof stockSchema>

/** The counter of a new template's or activity's stock; none where it is unlimited. */
export const newStockWrites = (kind: Stocked, id: string, stock: number | null): SetupWrite[] =>
  stock === null ? [] : [{ table: 'counters', insert: { key: stockKey(kind, id), used: 0, max: stock } }]

/**
 * Adds to the stock of a template or an activity, or takes from it. Refuses with `setup_conflict` what would leave less
 * than is issued already, and with `bad_request` where the stock is unlimited.
 */
export function changeStock(core: SetupCore, operator: Operator, input: StockChange): Promise<Stock> {
  const { kind, id, amount } = parseInput(stockSchema, input)
  return actOnSetup(core, operator, {
    act: `${kind}.stock`,
    subjectKind: kind,
    decide: async (setup, _, tx): Promise<SetupDecision<Stock>> => {
      requireStocked(setup, kind, id)
      const changed = await changeCounterMax(tx, stockKey(kind, id), amount)
      if (changed === undefined) {
        const [counter] = await lockCounters(tx, [stockKey(kind, id)])
        return refuseStock(kind, id, amount, counter)
      }
      const stock = { used: changed.used, max: changed.max ?? 0 }
      const before = { stock: stock.max - amount }
      return { subjectId: id, before, after: { stock: stock.max }, writes: [], result: stock }
    },
  })
}

function refuseStock(kind: Stocked, id: string, amount: number, counter: CounterRow | undefined): never {
  const stock = counter?.max ?? 0
  const used = counter?.used ?? 0
  return refuse(
    'setup_conflict',
    `${kind} ${id} has a stock of ${stock}, of which ${used} are issued: ` +
      `at most ${stock - used} can be taken away, not ${-amount}`,
    { field: 'amount' },
  )
}

function requireStocked(setup: Setup, kind: Stocked, id: string): void {
  requireFound(kind === 'template' ? setup.templates.get(id) : setup.activities.get(id), kind, id)
  if (setup.stockKeys.has(stockKey(kind, id))) return
  refuse('bad_request', `the stock of ${kind} ${id} is unlimited: it is limited or not when it is added, for ever`)
}
