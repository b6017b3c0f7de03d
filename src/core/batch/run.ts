import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { beginBatch } from '../../db/set-up.ts'
import { isConnectionLost, isTransient, isUniqueViolation } from '../../db/client/client.ts'
import type { Tx } from '../../db/client/client.ts'
import type { Hub } from '../../hub.ts'
import { HubError } from '../command/errors.ts'
import type { SetupCache } from '../set-up/cache.ts'
import type { Command, Decision, Verb } from '../command/verb.ts'

/** How a batch went, for the metrics. Times in milliseconds. */
export type BatchReport = {
  verb: string
  commands: number
  loadMilliseconds: number
  decideMilliseconds: number
  saveMilliseconds: number
  commitMilliseconds: number
}

export type RunOptions = {
  hub: Hub
  setup: SetupCache
  onBatch?: (report: BatchReport) => void
}

type Waiting<C, Outcome> = { command: C; resolve: (outcome: Outcome) => void; reject: (error: unknown) => void }
type Settled<Outcome> = { outcome: Outcome } | { error: HubError }

const queueLength = 10_000
// What a batch sends first are reads and locks.
const eager = { isEager: true }
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
export function createRunner<C extends Command, World, Outcome, Change>(
  { hub, setup, onBatch }: RunOptions,
  verb: Verb<C, World, Outcome, Change>,
  onRefused: (command: C, refusal: HubError) => void = () => {},
): (command: C) => Promise<Outcome> {
  const queue: Waiting<C, Outcome>[] = []
  let running = 0
  let isScheduled = false

  const pump = (): void => {
    isScheduled = false
    while (running < hub.config.batchesInFlight && queue.length > 0) {
      running += 1
      void runNext(queue.splice(0, hub.config.batchCommands))
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
    if (isScheduled || running >= hub.config.batchesInFlight) return
    isScheduled = true
    setImmediate(pump)
  }

  // Never rejects, and answers how the callers are told. `isInDoubt`: an earlier try may have been committed, although
  // its answer was lost.
  async function runWaiting(waiting: Waiting<C, Outcome>[], tries = 0, isInDoubt = false): Promise<() => void> {
    const inTime = waiting.filter((entry) => isInTime(entry, isInDoubt))
    if (inTime.length === 0) return () => undefined
    try {
      const settled = await runBatch(inTime.map((entry) => entry.command))
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

  async function afterFailure(
    waiting: Waiting<C, Outcome>[],
    tries: number,
    isInDoubt: boolean,
    error: unknown,
  ): Promise<() => void> {
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

  function givenUp(isInDoubt: boolean, error: unknown): unknown {
    if (isInDoubt) return new HubError('outcome_unknown', 'the database went away', { cause: error })
    if (isTransient(error)) return new HubError('busy', 'the locks could not be had in time', { cause: error })
    return error
  }

  async function runBatch(commands: C[]): Promise<Settled<Outcome>[]> {
    await verb.prepare?.(commands)
    const report = { verb: verb.name, commands: commands.length, loadMilliseconds: 0, decideMilliseconds: 0 }
    let saveMilliseconds = 0
    let savedAt = 0
    const settled = await hub.database.transaction(async (tx) => {
      const began = performance.now()
      const world = await loadWorld(tx, commands)
      const loaded = performance.now()
      const now = hub.now()
      const decisions = commands.map((command) => decideOne(world, command, now))
      const decided = performance.now()
      const changes = decisions.flatMap(({ change }) => (change === undefined ? [] : [change]))
      if (changes.length > 0) await verb.save(tx, changes, now)
      savedAt = performance.now()
      report.loadMilliseconds = loaded - began
      report.decideMilliseconds = decided - loaded
      saveMilliseconds = savedAt - decided
      return decisions.map(({ settled }) => settled)
    }, eager)
    onBatch?.({ ...report, saveMilliseconds, commitMilliseconds: performance.now() - savedAt })
    return settled
  }

  // Loads by the set-up that is known, in one round trip with what opens the batch. Where that set-up turns out to be an
  // old one, nothing that came of it counts, not even a failure.
  async function loadWorld(tx: Tx, commands: C[]): Promise<World> {
    const known = setup.current()
    const [opened, loaded] = await Promise.allSettled([beginBatch(tx), verb.load(tx, commands, known)])
    if (opened.status === 'rejected') throw opened.reason
    const actual = await setup.at(opened.value, tx)
    if (actual !== known) return verb.load(tx, commands, actual)
    if (loaded.status === 'rejected') throw loaded.reason
    return loaded.value
  }

  function decideOne(world: World, command: C, now: Date): { settled: Settled<Outcome>; change?: Change } {
    try {
      const decision: Decision<Outcome, Change> = verb.decide(world, command, now)
      const settled = { outcome: decision.outcome }
      return decision.change === undefined ? { settled } : { settled, change: decision.change }
    } catch (error) {
      if (error instanceof HubError) return { settled: { error } }
      throw error
    }
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
