import type { Command } from 'commander'
import { readCounters } from '../../db/counters.ts'
import type { HolderLimits } from '../../db/set-up.ts'
import { stockKey } from '../../core/issue/limits.ts'
import type { Stocked } from '../../core/back-office/stock.ts'
import type { CommandContext } from '../context.ts'
import { limit, orNull } from '../parse.ts'
import { showLimit } from '../show.ts'

/** The limits per holder, as options of activities and templates. */
export type LimitOptions = Partial<Record<keyof HolderLimits, number | 'none'>>

export const addLimits = (command: Command): Command =>
  command
    .option('--max-per-member <n>', 'coupons per member in all (none: no limit)', limit)
    .option('--max-per-member-day <n>', 'coupons per member and day (Asia/Shanghai)', limit)
    .option('--max-per-openid <n>', 'coupons per openid in all', limit)
    .option('--max-per-openid-day <n>', 'coupons per openid and day (Asia/Shanghai)', limit)

const limitNames = ['maxPerMember', 'maxPerMemberDay', 'maxPerOpenid', 'maxPerOpenidDay'] as const

/** The limits that were given; null takes one away. */
export const limitsFrom = (options: LimitOptions): Partial<HolderLimits> =>
  Object.fromEntries(
    limitNames.flatMap((name) => {
      const value = options[name]
      return value === undefined ? [] : [[name, orNull(value)]]
    }),
  )

export const limitFields = (row: HolderLimits): Record<string, string> => ({
  'max per member': `${showLimit(row.maxPerMember)}, a day ${showLimit(row.maxPerMemberDay)}`,
  'max per openid': `${showLimit(row.maxPerOpenid)}, a day ${showLimit(row.maxPerOpenidDay)}`,
})

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
