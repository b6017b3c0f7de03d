import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { isConnectionLost, isTransient, isUniqueViolation } from '../../db/client/client.ts'
import type { Command } from '../command/command.ts'
import { HubError } from '../command/errors.ts'
import { runBatch, type RunOptions, type Settled } from './batch.ts'
import type { Verb } from './verb.ts'

type Waiting<C, Outcome> = { command: C; resolve: (outcome: Outcome) => void; reject: (error: unknown) => void }

const queueLength = 10_000
const retryPausesMilliseconds = [50, 200, 500, 1_000]

/**
 * Makes a verb callable. Commands that arrive while a batch runs form the next batch (group commit; nothing waits
 * when the hub is idle), so a hot row is locked once a batch, not once a request.
 *
 * Rejects with a `HubError`: what `decide` refused; `busy` where the queue is full, the deadline has passed or locks
 * could not be had; `outcome_unknown` where the database went away at commit and did not come back in time. Any other
 * error is a broken invariant.
 * @param onRefused hears of every command that `decide` refused, once, after its batch is committed.
 */
export function createRunner<C extends Command, World, Outcome>(
  options: RunOptions,
  verb: Verb<C, World, Outcome>,
  onRefused: (command: C, refusal: HubError) => void = () => {},
): (command: C) => Promise<Outcome> {
  const { batchesInFlight, batchCommands } = options.hub.config
  const runWaiting = createPersistence(options, verb, onRefused)
  const queue: Waiting<C, Outcome>[] = []
  let running = 0
  let isScheduled = false

  const pump = (): void => {
    isScheduled = false
    while (running < batchesInFlight && queue.length > 0) {
      running += 1
      void runNext(queue.splice(0, batchCommands))
    }
  }

  async function runNext(waiting: Waiting<C, Outcome>[]): Promise<void> {
    const tell = await runWaiting(waiting)
    running -= 1
    pump()
    // The next batch goes out before this one's answers are made, so that the database works meanwhile: within two turns
    // its first statements have been handed to the socket.
    if (running > 0) for (let turn = 0; turn < 2; turn++) await nextTurn()
    tell()
  }

  // One turn of the event loop makes one batch: what arrived together is decided together.
  const schedule = (): void => {
    if (isScheduled || running >= batchesInFlight) return
    isScheduled = true
    setImmediate(pump)
  }

  return (command) =>
    new Promise<Outcome>((resolve, reject) => {
      if (queue.length >= queueLength) {
        reject(new HubError('busy', `${queueLength} commands are waiting already`))
        return
      }
      queue.push({ command, resolve, reject })
      schedule()
    })
}

/** Runs those who wait as one batch, again where that helps. Never rejects, and answers how the callers are told. */
function createPersistence<C extends Command, World, Outcome>(
  options: RunOptions,
  verb: Verb<C, World, Outcome>,
  onRefused: (command: C, refusal: HubError) => void,
) {
  const { hub } = options
  type Tell = () => void

  // `isInDoubt`: an earlier try may have been committed, although its answer was lost.
  async function runWaiting(waiting: Waiting<C, Outcome>[], tries = 0, isInDoubt = false): Promise<Tell> {
    const inTime = waiting.filter((entry) => isInTime(entry, isInDoubt))
    if (inTime.length === 0) return () => undefined
    const commands = inTime.map(({ command }) => command)
    try {
      const settled = await runBatch(options, verb, commands)
      return () => inTime.forEach((entry, i) => settle(entry, settled[i]!, onRefused))
    } catch (error) {
      return afterFailure(inTime, tries, isInDoubt || isConnectionLost(error), error)
    }
  }

  function isInTime({ command, reject }: Waiting<C, Outcome>, isInDoubt: boolean): boolean {
    if (hub.now() <= command.deadline) return true
    const message = `the ${verb.name} waited longer than its caller does`
    reject(new HubError(isInDoubt ? 'outcome_unknown' : 'busy', message))
    return false
  }

  async function afterFailure(waiting: Waiting<C, Outcome>[], tries: number, isInDoubt: boolean, error: unknown) {
    const isLost = isConnectionLost(error)
    if (waiting.length > 1 && !isLost) {
      // Run again command by command, so that only the guilty one hears of it.
      for (const entry of waiting) (await runWaiting([entry], 0, isInDoubt))()
      return () => undefined
    }
    const pause = retryPausesMilliseconds[tries]
    if (pause !== undefined && (isLost || isWorthRepeating(error))) {
      // Who took the key has committed already: there is nothing to wait for.
      if (!isUniqueViolation(error)) await sleep(pause)
      return runWaiting(waiting, tries + 1, isInDoubt)
    }
    hub.log.error({ err: error, verb: verb.name, commands: waiting.length }, 'a batch failed')
    return () => waiting.forEach((entry) => entry.reject(givenUp(isInDoubt, error)))
  }

  return runWaiting
}

function givenUp(isInDoubt: boolean, error: unknown): unknown {
  if (isInDoubt) return new HubError('outcome_unknown', 'the database went away', { cause: error })
  if (isTransient(error)) return new HubError('busy', 'the locks could not be had in time', { cause: error })
  return error
}

// Where a key is taken, another process was faster with the same number: the next try sees what it wrote.
const isWorthRepeating = (error: unknown): boolean => isTransient(error) || isUniqueViolation(error)

function settle<C, Outcome>(
  { command, resolve, reject }: Waiting<C, Outcome>,
  settled: Settled<Outcome>,
  onRefused: (command: C, refusal: HubError) => void,
): void {
  if (!('error' in settled)) return resolve(settled.outcome)
  onRefused(command, settled.error)
  reject(settled.error)
}
