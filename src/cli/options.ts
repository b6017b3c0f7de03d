import { Option, type Command } from 'commander'
import { CommandError, exitCodes } from './errors.ts'
import { whole } from './parse.ts'

/** The options of every list. */
export const addPaging = (command: Command): Command =>
  command
    .option('--limit <n>', 'how many at most', whole(1, 1_000), 50)
    .option('--after <id>', 'continue behind this one, as the last page said')

/** For acts on what holders have: without a reason they are refused. */
export const addReason = (command: Command): Command =>
  command.addOption(new Option('--reason <text>', 'why, for the audit').makeOptionMandatory())

/** Where a page of a list by time ended, for `--after`: the instant and the id of its last row. */
type TimeCursor = { at: Date; id: string }

export const cursorOf = ({ at, id }: TimeCursor): string => `${at.toISOString()}_${id}`

/** What `--after` says; undefined where it says nothing. */
export function cursorFrom(after: string | undefined): TimeCursor | undefined {
  if (after === undefined) return undefined
  const [at = '', id = ''] = after.split('_')
  if (!Number.isNaN(Date.parse(at)) && id !== '') return { at: new Date(at), id }
  throw new CommandError('usage', '--after continues a list: give what the last page said.', exitCodes.usage)
}
