import { readCounters } from '../../db/counters.ts'
import type { HolderLimits } from '../../db/set-up.ts'
import { stockKey } from '../../core/issue/limits.ts'
import type { Stocked } from '../../core/back-office/stock.ts'
import type { CommandContext } from '../context.ts'
import { showLimit } from '../show.ts'

/** Both limits of a kind of holder stand in one line. */
export const shownLimits = {
  maxPerMember: (row: HolderLimits) => `${showLimit(row.maxPerMember)}, a day ${showLimit(row.maxPerMemberDay)}`,
  maxPerMemberDay: () => undefined,
  maxPerOpenid: (row: HolderLimits) => `${showLimit(row.maxPerOpenid)}, a day ${showLimit(row.maxPerOpenidDay)}`,
  maxPerOpenidDay: () => undefined,
}

/** How much of the stock is left, as `show` says it. */
export async function stockFields(context: CommandContext, kind: Stocked, id: string): Promise<Record<string, string>> {
  const { hub } = await context.core()
  const [counter] = await readCounters(hub.database.sql, [stockKey(kind, id)])
  if (counter?.max == null) return { stock: 'unlimited' }
  return { stock: `${counter.max}, of which ${counter.used} are issued, ${counter.max - counter.used} are left` }
}
