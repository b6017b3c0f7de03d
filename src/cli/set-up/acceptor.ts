import type { Command } from 'commander'
import { Option } from 'commander'
import { addAcceptor, updateAcceptor } from '../../core/back-office/partners.ts'
import { given } from '../../core/back-office/fields.ts'
import type { Acceptor } from '../../core/set-up/snapshot.ts'
import type { CommandContext } from '../context.ts'
import type { Report } from '../output.ts'
import { duration } from '../parse.ts'
import type { Run } from '../run.ts'
import { showFlag, showTime } from '../show.ts'
import { addReads, type Reads } from './reads.ts'
import { settingsFrom } from './settings-options.ts'
import { addSwitches } from './switches.ts'

type AcceptorOptions = { name?: string; cancelUntil?: number | 'end-of-day'; refusalStyle?: 'example' | 'table' }

export function registerAcceptor(program: Command, run: Run): void {
  const group = program.command('acceptor').description('acceptors: who redeems, with their merchants and shops')
  withOptions(group.command('add <id>').description('add an acceptor')).action(
    run.onHub((context, options: AcceptorOptions, id) => change(context, addAcceptor, 'added', id, options)),
  )
  withOptions(group.command('update <id>').description('change what is given')).action(
    run.onHub((context, options: AcceptorOptions, id) => change(context, updateAcceptor, 'changed', id, options)),
  )
  addReads(group, run, reads)
  addSwitches(group, run, 'acceptor', '<id>')
}

const cutOff = (text: string): number | 'end-of-day' => (text === 'end-of-day' ? text : duration(text))

const withOptions = (command: Command): Command =>
  command
    .option('--name <name>', 'what people call it (when added: the id)')
    .option('--cancel-until <time>', 'how long tills may cancel: end-of-day (the default), or 30m, 12h', cutOff)
    .addOption(
      new Option(
        '--refusal-style <style>',
        "business refusals as in the document's sample, or as in its table",
      ).choices(['example', 'table']),
    )

async function change(
  context: CommandContext,
  act: typeof addAcceptor,
  done: string,
  id: string,
  { name, cancelUntil, refusalStyle }: AcceptorOptions,
): Promise<Report> {
  const settings = settingsFrom({ cancelUntil, refusalStyle })
  const row = await act(await context.core(), context.operator, { id, ...given({ name }), ...settings })
  return { value: row, lines: [`Acceptor ${id} is ${done}.`] }
}

const reads: Reads<Acceptor> = {
  kind: 'acceptor',
  plural: 'acceptors',
  args: '<id>',
  rows: (setup) => [...setup.acceptors.values()],
  idOf: (row) => row.id,
  head: ['id', 'name', 'enabled'],
  cells: (row) => [row.id, row.name, showFlag(row.isEnabled)],
  fields: ({ id, name, isEnabled, settings, createdAt }) => ({
    id,
    name,
    enabled: showFlag(isEnabled),
    'cancel until': settings.cancelUntil === 'end-of-day' ? 'end-of-day' : `${settings.cancelUntil} s after it`,
    'refusal style': settings.refusalStyle,
    added: showTime(createdAt),
  }),
}
