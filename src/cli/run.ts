import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Access, CommandContext, Site, Work } from './context.ts'
import { errorExitCode, printError, CommandError, exitCodes } from './errors.ts'
import { printReport } from './output.ts'

/** What every command has beside its own options. */
type CommonOptions = { json?: boolean; actor?: string; reason?: string }

type Action = (...parameters: unknown[]) => Promise<void>

/** Makes the action of a command out of its work. */
export type Run = {
  /** Works on the data: in this process, or inside the hub that holds the data folder. */
  onHub: <Options>(work: Work<Options>) => Action
  /** Works in the user's own process alone: servers, and what speaks to a hub from outside. */
  here: <Options>(work: Work<Options>) => Action
}

/** @param setExitCode hears the exit code of the command that was run. */
export function createRun(site: Site, setExitCode: (code: number) => void): Run {
  const actionOf =
    <Options>(place: 'onHub' | 'here', work: Work<Options>): Action =>
    async (...parameters) => {
      const command = parameters.at(-1) as Command
      const options = command.optsWithGlobals<CommonOptions>()
      const args = command.processedArgs as string[]
      const run = (access: Access): Promise<number> =>
        finish(site, options, async () => work(contextOf(site, access, options), options as Options, ...args))
      setExitCode(await site[place](run))
    }
  return {
    onHub: (work) => actionOf('onHub', work),
    here: (work) => actionOf('here', work),
  }
}

async function finish(site: Site, options: CommonOptions, work: () => Promise<Parameters<typeof printReport>[1]>) {
  const isJson = options.json === true
  try {
    return printReport(site.output, await work(), isJson)
  } catch (error) {
    const told = site.signal.aborted && error === site.signal.reason ? cancelled() : error
    printError(site.output, told, isJson)
    return errorExitCode(told)
  }
}

const cancelled = () => new CommandError('cancelled', 'Cancelled. What was finished before stays.', exitCodes.cancelled)

function contextOf(site: Site, access: Access, options: CommonOptions): CommandContext {
  const { output, environment, signal, startCommandServer, runCommand } = site
  return {
    ...access,
    output,
    environment,
    signal,
    startCommandServer,
    runCommand,
    operator: { name: options.actor ?? site.userName, reason: options.reason },
    resolvePath: (path) => resolve(site.cwd, path),
  }
}
