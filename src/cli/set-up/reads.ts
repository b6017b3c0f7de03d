import type { Command } from 'commander'
import { requireFound } from '../../core/back-office/fields.ts'
import type { Setup } from '../../core/set-up/snapshot.ts'
import type { CommandContext } from '../context.ts'
import { addPaging } from '../options.ts'
import type { Report } from '../output.ts'
import type { Run } from '../run.ts'
import { pageOf, reportPage, showFields, type PageOptions } from '../show.ts'

/** How one kind of thing of the set-up is listed and shown. */
export type Reads<Row> = {
  kind: string
  plural: string
  /** How one is named: `<id>`, or `<acceptor> <no>`. */
  args: string
  rows: (setup: Setup) => Row[]
  /** What `args` name, joined by a space. */
  idOf: (row: Row) => string
  head: string[]
  cells: (row: Row, setup: Setup) => string[]
  fields: (row: Row, setup: Setup) => Record<string, string | number | undefined>
  /** What `--json` prints, where that is not the row as it is. */
  value?: (row: Row, setup: Setup) => unknown
}

/** Adds `list` and `show` to a group. `extra` is what `show` says besides, from the database. */
export function addReads<Row>(
  group: Command,
  run: Run,
  reads: Reads<Row>,
  extra?: (context: CommandContext, row: Row) => Promise<Record<string, string | number>>,
): void {
  addPaging(group.command('list').description(`list the ${reads.plural}`)).action(
    run.onHub((context, options: PageOptions) => listRows(context, reads, options)),
  )
  group
    .command(`show ${reads.args}`)
    .description(`show one`)
    .action(run.onHub((context, _: unknown, ...ids: string[]) => showRow(context, reads, ids.join(' '), extra)))
}

async function listRows<Row>(context: CommandContext, reads: Reads<Row>, options: PageOptions): Promise<Report> {
  const setup = await (await context.core()).setup.refresh()
  const page = pageOf(reads.rows(setup), reads.idOf, options)
  const value = (row: Row): unknown => (reads.value === undefined ? row : reads.value(row, setup))
  return reportPage(page, reads.head, (row) => reads.cells(row, setup), value)
}

async function showRow<Row>(
  context: CommandContext,
  reads: Reads<Row>,
  id: string,
  extra?: (context: CommandContext, row: Row) => Promise<Record<string, string | number>>,
): Promise<Report> {
  const setup = await (await context.core()).setup.refresh()
  const found = reads.rows(setup).find((row) => reads.idOf(row) === id)
  const row = requireFound(found, reads.kind, id)
  const more = (await extra?.(context, row)) ?? {}
  const value = reads.value === undefined ? row : reads.value(row, setup)
  return { value: { ...(value as object), ...more }, lines: showFields({ ...reads.fields(row, setup), ...more }) }
}
