import type { RunningHub } from '../running-hub.ts'
import { exitCodes } from './exit-codes.ts'
import type { Report } from './output.ts'

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
