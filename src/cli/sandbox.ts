import { InvalidArgumentError, type Command } from 'commander'
import type { Config } from '../config.ts'
import { openHubDatabase } from '../hub-database.ts'
import { requireFreePlace } from '../listening.ts'
import type { CommandContext } from './context.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

type Options = { timeFactor?: number }

export function registerSandbox(program: Command, run: Run): void {
  program
    .command('sandbox')
    .description('run a hub to try things on: a seeded world, simulated partners, keys of its own')
    .option(
      '--time-factor <n>',
      'divide the waits between callbacks by n, to watch a schedule of hours in seconds',
      factor,
    )
    .action(run.here<Options>(sandbox))
}

function factor(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 100_000)
    throw new InvalidArgumentError('It must be a whole number from 1 to 100000.')
  return value
}

async function sandbox(context: CommandContext, options: Options): Promise<Report | undefined> {
  const config = sandboxConfig(context, options)
  await requireFreePlace(config)
  // The embedded database starts in its thread while this one reads the rest of the program.
  const opening = openHubDatabase(config)
  const { runSandbox } = await import('./run-sandbox.ts')
  return runSandbox(context, config, opening)
}

// Its log is quieter than a server's, since a person reads it; QUANHUB_LOG_LEVEL says otherwise.
function sandboxConfig({ config, environment }: CommandContext, { timeFactor }: Options): Config {
  return {
    ...config,
    isSandbox: true,
    timeFactor: timeFactor ?? config.timeFactor,
    logLevel: (environment['QUANHUB_LOG_LEVEL'] ?? '') === '' ? 'warn' : config.logLevel,
  }
}
