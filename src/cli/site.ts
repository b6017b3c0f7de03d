import { pino } from 'pino'
import type { Composed } from '../compose.ts'
import { readConfig, type Config } from '../config.ts'
import type { Core } from '../core/core.ts'
import { openDatabase, type Database } from '../db/client/client.ts'
import type { Access, Environment, Site } from './context.ts'
import { CommandError } from './errors.ts'
import type { Output } from './output.ts'
import { runInHub } from './remote/client.ts'
import { createCommandServer, type CommandServer, type RemoteCommand } from './remote/server.ts'

/** Runs a command line at a site, and answers its exit code. */
type Execute = (argv: string[], site: Site) => Promise<number>

/** The variables that commands read from the user's environment and that are no settings of a hub. */
const commandVariables = ['QUANHUB_NEW_MASTER_KEY']

type Terminal = {
  argv: string[]
  environment: Environment
  cwd: string
  userName: string
  output: Output
  signal: AbortSignal
}

/** The site of a terminal's own process. */
export function createTerminalSite(terminal: Terminal, execute: Execute): Site {
  const { output, environment, cwd, userName, signal } = terminal
  const configOf = (): Config => readConfig(withoutCommandVariables(environment))
  const here: Site['here'] = (run) => withAccess(configOf(), run)
  return {
    output,
    environment,
    cwd,
    userName,
    signal,
    here,
    onHub: async (run) => {
      const { databaseUrl, dataFolder } = configOf()
      const remote =
        databaseUrl === undefined ? await runInHub(dataFolder, requestOf(terminal), output, signal) : undefined
      return remote ?? here(run)
    },
    startCommandServer: (core) => startCommandServer(core, execute),
    runCommand: (argv) => execute(argv, createTerminalSite({ ...terminal, argv }, execute)),
  }
}

function requestOf({ argv, cwd, userName, environment, output }: Terminal) {
  const given = commandVariables.flatMap((name) => {
    const value = environment[name]
    return value === undefined ? [] : [[name, value]]
  })
  const { isInteractive, columns } = output
  return {
    argv,
    cwd,
    userName,
    isInteractive,
    columns,
    environment: Object.fromEntries(given) as Record<string, string>,
  }
}

const withoutCommandVariables = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !commandVariables.includes(name)))

// Opens what is asked for, once, and closes it at the end.
async function withAccess(config: Config, run: (access: Access) => Promise<number>): Promise<number> {
  let composed: Promise<Composed> | undefined
  let database: Promise<Database> | undefined
  // Commands speak by their output; of the log only what is wrong is worth a line between.
  const log = pino({ level: 'warn' }, pino.destination(2))
  const compose = (): Promise<Composed> =>
    (composed ??= import('../compose.ts').then(({ composeHub }) => composeHub({ config, log })))
  try {
    return await run({
      config,
      core: async () => (await compose()).core,
      database: async () => (composed === undefined ? (database ??= openFor(config)) : (await composed).hub.database),
    })
  } finally {
    // What could not be opened was heard of where it was asked for.
    await composed?.then(
      (opened) => opened.close(),
      () => {},
    )
    await database?.then(
      (opened) => opened.close(),
      () => {},
    )
  }
}

const openFor = ({ databaseUrl, dataFolder }: Config): Promise<Database> =>
  openDatabase({ databaseUrl, dataFolder, poolSize: 2, applicationName: 'quanhub' })

const nothingToClose: CommandServer = { close: async () => {} }

async function startCommandServer(core: Core, execute: Execute): Promise<CommandServer> {
  if (core.hub.database.kind !== 'embedded') return nothingToClose
  return createCommandServer(core.hub.config.dataFolder, (command) =>
    execute(command.request.argv, createHubSite(core, command)),
  )
}

/** The site inside a hub, for a command that came over its socket. */
export function createHubSite(core: Core, { request, output, signal }: RemoteCommand): Site {
  const access: Access = { config: core.hub.config, core: async () => core, database: async () => core.hub.database }
  const refuse = async (): Promise<never> => {
    throw new CommandError('not_remote', 'this command runs in a process of its own, not inside a hub')
  }
  const { environment, cwd, userName } = request
  return {
    output,
    environment,
    cwd,
    userName,
    signal,
    onHub: (run) => run(access),
    here: refuse,
    startCommandServer: refuse,
    runCommand: refuse,
  }
}
