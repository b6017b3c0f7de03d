import type { Config } from '../config.ts'
import type { Core } from '../core/core.ts'
import type { Operator } from '../core/command/command.ts'
import type { Database } from '../db/client/client.ts'
import type { Output, Report } from './output.ts'
import type { CommandServer } from './remote/server.ts'

export type Environment = Record<string, string | undefined>

/** The data, as the process that runs a command reaches it. Nothing is opened before it is asked for. */
export type Access = {
  config: Config
  /** The database as it is: not migrated, no keys opened. */
  database: () => Promise<Database>
  /** The hub's verbs, over a migrated database. */
  core: () => Promise<Core>
}

/** Everything that a command's work is handed. */
export type CommandContext = Access & {
  output: Output
  environment: Environment
  /** Who acts, and why: `--actor` (or the user's name) and `--reason`. */
  operator: Operator
  /** Aborted by Ctrl-C or a signal: long work looks at it between its steps, a server ends with it. */
  signal: AbortSignal
  /** A path that the user wrote, resolved against where the user wrote it. */
  resolvePath: (path: string) => string
  /** Lets commands that find the data folder in use run in this process. Does nothing over a PostgreSQL server. */
  startCommandServer: (core: Core) => Promise<CommandServer>
  /** Runs another command line as if the user had typed it here, and answers its exit code. */
  runCommand: (argv: string[]) => Promise<number>
}

/** A command's work: a function of its context, its options and its arguments. */
export type Work<Options> = (
  context: CommandContext,
  options: Options,
  ...args: string[]
) => Promise<Report | undefined> | Report | undefined

/** What differs between a terminal's own process and the hub that runs a command for one. */
export type Site = {
  output: Output
  environment: Environment
  cwd: string
  userName: string
  signal: AbortSignal
  /** Runs work on the data, wherever the data is at hand, and answers the exit code. */
  onHub: (run: (access: Access) => Promise<number>) => Promise<number>
  /** Runs work in the user's own process. */
  here: (run: (access: Access) => Promise<number>) => Promise<number>
  startCommandServer: (core: Core) => Promise<CommandServer>
  runCommand: (argv: string[]) => Promise<number>
}
