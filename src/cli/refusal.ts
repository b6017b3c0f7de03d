import type { Command } from 'commander'
import { findRefusals, type DecisionRow } from '../db/decisions.ts'
import type { CommandContext } from './context.ts'
import { cursorFrom, cursorOf, addPaging } from './options.ts'
import type { Report } from './output.ts'
import { time } from './parse.ts'
import type { Run } from './run.ts'
import { reportPage, showTime, type PageOptions } from './show.ts'

type ListOptions = PageOptions & { since?: Date; until?: Date; channel?: string; code?: string }

export function registerRefusal(program: Command, run: Run): void {
  const group = program.command('refusal').description('what was refused to channels and tills, and why')
  addPaging(group.command('list').description('list refusals, the newest first'))
    .option('--since <time>', 'from then on, Asia/Shanghai', time)
    .option('--until <time>', 'before then, Asia/Shanghai', time)
    .option('--channel <id>', 'of one channel')
    .option('--code <code>', 'of one kind: limit_exceeded, rule_rejected, stock_exhausted …')
    .action(run.onHub(listRefusals))
}

async function listRefusals(context: CommandContext, options: ListOptions): Promise<Report> {
  const core = await context.core()
  await core.refusals.flush()
  const { since = new Date(0), until, channel: channelId, code, limit } = options
  const before = cursorFrom(options.after)
  const filter = { since, until, channelId, code, before: before && { at: before.at, no: before.id }, limit: limit + 1 }
  const rows = await findRefusals(core.hub.database.sql, filter)
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const next = rows.length > items.length && last !== undefined ? cursorOf({ at: last.at, id: last.no }) : null
  return reportPage({ items, next }, ['time', 'no', 'of', 'channel', 'shop', 'code', 'why'], cellsOf)
}

const cellsOf = (row: DecisionRow): string[] => [
  showTime(row.at),
  row.no,
  row.verb,
  row.channelId ?? '-',
  row.shopNo ?? '-',
  row.code ?? '-',
  row.message ?? '-',
]
