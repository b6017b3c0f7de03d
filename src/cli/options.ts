import { Option, type Command } from 'commander'
import { whole } from './parse.ts'

/** The options of every list. */
export const addPaging = (command: Command): Command =>
  command
    .option('--limit <n>', 'how many at most', whole(1, 1_000), 50)
    .option('--after <id>', 'continue behind this one, as the last page said')

/** For acts on what holders have: without a reason they are refused. */
export const addReason = (command: Command): Command =>
  command.addOption(new Option('--reason <text>', 'why, for the audit').makeOptionMandatory())
