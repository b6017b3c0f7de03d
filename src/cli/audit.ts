import type { Command } from 'commander'
import { searchAudit } from '../db/search.ts'
import type { AuditRow } from '../db/audit.ts'
import type { CommandContext } from './context.ts'
import { cursorFrom, cursorOf, addPaging } from './options.ts'
import type { Report } from './output.ts'
import { time } from './parse.ts'
import type { Run } from './run.ts'
import { reportPage, showTime, type PageOptions } from './show.ts'

type ListOptions = PageOptions & { kind?: string; subject?: string; by?: string; act?: string; since?: Date }

export function registerAudit(program: Command, run: Run): void {
  const group = program.command('audit').description('what operators did: who, when, why, before and after')
  addPaging(group.command('list').description('list acts, the newest first'))
    .option('--kind <kind>', 'of one kind of subject: template, app, coupon …')
    .option('--subject <id>', 'of one subject: its id, "<face> <id>", a coupon\'s reference …')
    .option('--by <name>', 'of one operator')
    .option('--act <act>', 'one kind of act: template.update, coupon.void …')
    .option('--since <time>', 'from then on, Asia/Shanghai', time)
    .action(run.onHub(listActs))
}

async function listActs(context: CommandContext, options: ListOptions): Promise<Report> {
  const { sql } = (await context.core()).hub.database
  const { kind: subjectKind, subject: subjectId, by: actor, act, since, limit } = options
  const filter = { subjectKind, subjectId, actor, act, since, before: cursorFrom(options.after), limit: limit + 1 }
  const rows = await searchAudit(sql, filter)
  const items = rows.slice(0, limit)
  const next = rows.length > items.length ? cursorOf(items.at(-1)!) : null
  return reportPage({ items, next }, ['time', 'actor', 'act', 'subject', 'reason', 'change'], cellsOf)
}

const cellsOf = (row: AuditRow): string[] => [
  showTime(row.at),
  row.actor,
  row.act,
  row.subjectId,
  row.reason ?? '-',
  row.before === null ? short(row.after) : `${short(row.before)} → ${short(row.after)}`,
]

const longestChange = 60

/** A table's cell; `--json` has all of it. */
const short = (value: unknown): string => {
  const text = JSON.stringify(value)
  return text.length > longestChange ? `${text.slice(0, longestChange - 1)}…` : text
}
