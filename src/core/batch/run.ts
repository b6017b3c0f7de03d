import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Command } from '../command/command.ts'
import { HubError } from '../command/errors.ts'
import type { RunOptions } from './batch.ts'
import { createCallers, type Caller } from './callers.ts'
import { createFairQueue } from './fair-queue.ts'
import { createPersistence } from './persistence.ts'
import type { Verb } from './verb.ts'

/** An app may have half of them. */
const queuePlaces = 20_000

/** Whose command it is: an app's, or nobody's, such as what operators and the hub itself ask for. */
type Owned = { face?: string; appId?: string; by?: { till?: Owned; channel?: Owned } }
const ownerOf = ({ face = '', appId, by }: Owned): string =>
  appId === undefined ? (by === undefined ? '' : ownerOf(by.till ?? by.channel ?? {})) : `${face} ${appId}`

/**
 * Makes a verb callable. Commands that arrive while a batch runs form the next batch (group commit; nothing waits
 * when the hub is idle), so a hot row is locked once a batch, not once a request. Apps take turns in it (`FairQueue`).
 *
 * Rejects with a `HubError`: what `decide` refused; `busy` where the queue is full, the deadline has passed or locks
 * could not be had; `outcome_unknown` where the database went away at commit and did not come back in time, or had not
 * answered a second after the deadline. Any other error is a broken invariant.
 * @param onRefused hears of every command that `decide` refused, once, after its batch is committed.
 */
export function createRunner<C extends Command, World, Outcome>(
  options: RunOptions,
  verb: Verb<C, World, Outcome>,
  onRefused: (command: C, refusal: HubError) => void = () => {},
): (command: C) => Promise<Outcome> {
  const { batchesInFlight, batchCommands } = options.hub.config
  const runWaiting = createPersistence(options, verb, onRefused)
  const callers = createCallers<C, Outcome>(verb.name, options.hub.now)
  const queue = createFairQueue((caller: Caller<C, Outcome>) => ownerOf(caller.command as Owned), queuePlaces)
  let running = 0
  let isScheduled = false

  const pump = (): void => {
    isScheduled = false
    while (running < batchesInFlight && queue.length() > 0) {
      running += 1
      void runNext(queue.take(batchCommands))
    }
  }

  async function runNext(waiting: Caller<C, Outcome>[]): Promise<void> {
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

  options.watch?.(verb.name, callers.oldestSeconds)
  return (command) =>
    callers.add(command, (caller) => {
      if (queue.push(caller)) schedule()
      else caller.reject(new HubError('busy', `${queue.length()} commands are waiting already`))
    })
}
