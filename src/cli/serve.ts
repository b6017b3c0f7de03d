import type { Command } from 'commander'
import type { Core } from '../core/core.ts'
import { openHubDatabase } from '../hub-database.ts'
import { requireFreePlace } from '../listening.ts'
import { createLog } from '../log.ts'
import type { RunningHub } from '../running-hub.ts'
import type { CommandContext } from './context.ts'
import { exitCodes } from './errors.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

export function registerServe(program: Command, run: Run): void {
  program
    .command('serve')
    .description('run the hub: on PostgreSQL with DATABASE_URL, else on the embedded database in QUANHUB_DATA_DIR')
    .action(run.here(serve))
}

async function serve(context: CommandContext): Promise<Report | undefined> {
  const log = createLog(context.config)
  await requireFreePlace(context.config)
  // The embedded database starts in its thread while this one reads the rest of the program.
  const opening = openHubDatabase(context.config)
  const { runHub } = await import('../running-hub.ts')
  const prepare = async (core: Core) => (await context.startCommandServer(core)).close
  const hub = await runHub({ config: context.config, log, prepare, opening })
  log.info({ url: hub.url, database: hub.core.hub.database.kind }, 'the hub is listening')
  if (hub.core.hub.database.kind === 'embedded') {
    log.warn(
      'the embedded database survives a killed process, but not a power cut: use PostgreSQL (DATABASE_URL) for money',
    )
  }
  return untilStopped(context.signal, hub, async () => {
    log.info('stopping')
    await hub.close()
    log.info('stopped')
  })
}

/**
 * Waits until the user or the system asks the hub to end (SIGINT, SIGTERM), or its database is gone, and lets it stop
 * in order. Answers exit code 0 for the one, and throws for the other.
 */
export async function untilStopped(
  signal: AbortSignal,
  hub: RunningHub,
  stop: () => Promise<void>,
): Promise<Report | undefined> {
  const ended = await Promise.race([aborted(signal), hub.fatal])
  if (ended instanceof Error) throw new Error(`the database has stopped: ${ended.message}`, { cause: ended })
  await stop()
  return { value: { stopped: true }, exitCode: exitCodes.done }
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
