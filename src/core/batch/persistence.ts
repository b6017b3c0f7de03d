import { setTimeout as sleep } from 'node:timers/promises'
import { isConnectionLost, isLocked, isTransient, isUniqueViolation, isUnwritable } from '../../db/client/client.ts'
import type { Command } from '../command/command.ts'
import { HubError } from '../command/errors.ts'
import { runBatch, type RunOptions, type Settled } from './batch.ts'
import { lateness, type Caller } from './callers.ts'
import type { Verb } from './verb.ts'

/** What is done for the callers once the next batch is on its way: they are told. */
type Tell = () => void

/** An earlier try may have been committed, although its answer was lost. */
type Try<C, Outcome> = { callers: readonly Caller<C, Outcome>[]; number: number; isInDoubt: boolean }

const retryPausesMilliseconds = [50, 200, 500, 1_000]

// How long a batch waits for a lock. Others wait behind it, so it is short; shorter where rows are known to be locked.
const lockMilliseconds = { together: 1_000, oneByOne: 200, apart: 4_000 }
const mostApart = 2

/**
 * Runs callers' commands as one batch, again where that helps. Never rejects, and answers how the callers are told.
 *
 * A batch that fails is run again command by command, so that only the guilty one hears of it. One whose row somebody else
 * has locked goes aside, and tries until its deadline without holding up the rest.
 */
export function createPersistence<C extends Command, World, Outcome>(
  options: RunOptions,
  verb: Verb<C, World, Outcome>,
  onRefused: (command: C, refusal: HubError) => void,
): (callers: readonly Caller<C, Outcome>[]) => Promise<Tell> {
  const { hub } = options
  const aside = createAside((attempt: Try<C, Outcome>) => run(attempt, lockMilliseconds.apart))

  async function run(attempt: Try<C, Outcome>, milliseconds: number): Promise<Tell> {
    const callers = attempt.callers.filter((caller) => isInTime(caller, attempt.isInDoubt))
    if (callers.length === 0) return () => undefined
    try {
      for (const caller of callers) caller.isUnderWay = true
      const commands = callers.map(({ command }) => command)
      const settled = await runBatch(options, verb, commands, milliseconds)
      return () => callers.forEach((caller, i) => settle(caller, settled[i]!, onRefused))
    } catch (error) {
      const isInDoubt = attempt.isInDoubt || isConnectionLost(error)
      return afterFailure({ ...attempt, callers, isInDoubt }, milliseconds, error)
    }
  }

  function isInTime({ command, reject, isGone }: Caller<C, Outcome>, isInDoubt: boolean): boolean {
    if (!isGone && hub.now() <= command.deadline) return true
    reject(lateness(verb.name, isInDoubt))
    return false
  }

  async function afterFailure(attempt: Try<C, Outcome>, milliseconds: number, error: unknown): Promise<Tell> {
    const { callers, number, isInDoubt } = attempt
    const isLost = isConnectionLost(error)
    if (callers.length > 1 && !isLost) return runOneByOne(attempt)
    if (isLocked(error)) return aside.add(attempt)
    const pause = retryPausesMilliseconds[number]
    if (pause !== undefined && (isLost || isWorthRepeating(error))) {
      // Who took the key has committed already: there is nothing to wait for.
      if (!isUniqueViolation(error)) await sleep(pause)
      return run({ callers, number: number + 1, isInDoubt }, milliseconds)
    }
    hub.log.error({ err: error, verb: verb.name, commands: callers.length }, 'a batch failed')
    return () => callers.forEach(({ reject }) => reject(givenUp(isInDoubt, error)))
  }

  async function runOneByOne({ callers, isInDoubt }: Try<C, Outcome>): Promise<Tell> {
    for (const caller of callers) {
      const tell = await run({ callers: [caller], number: 0, isInDoubt }, lockMilliseconds.oneByOne)
      tell()
    }
    return () => undefined
  }

  return (callers) => {
    const milliseconds = aside.isBusy() ? lockMilliseconds.oneByOne : lockMilliseconds.together
    return run({ callers, number: 0, isInDoubt: false }, milliseconds)
  }
}

/** Those whose rows are locked: a few at a time wait long. Who finds his row locked still is added once more. */
function createAside<Attempt>(run: (attempt: Attempt) => Promise<Tell>) {
  const waiting: Attempt[] = []
  let running = 0
  async function runAll(): Promise<void> {
    running += 1
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const tell = await run(next)
      tell()
    }
    running -= 1
  }
  return {
    isBusy: () => running > 0,
    add: (attempt: Attempt): Tell => {
      waiting.push(attempt)
      if (running < mostApart) void runAll()
      return () => undefined
    },
  }
}

function givenUp(isInDoubt: boolean, error: unknown): unknown {
  if (isInDoubt) return new HubError('outcome_unknown', 'the database went away', { cause: error })
  if (isTransient(error)) return new HubError('busy', 'the locks could not be had in time', { cause: error })
  if (isUnwritable(error)) return new HubError('busy', 'the database cannot write now', { cause: error })
  return error
}

// Where a key is taken, another process was faster with the same number: the next try sees what it wrote.
const isWorthRepeating = (error: unknown): boolean => isTransient(error) || isUniqueViolation(error)

function settle<C, Outcome>(
  { command, resolve, reject }: Caller<C, Outcome>,
  settled: Settled<Outcome>,
  onRefused: (command: C, refusal: HubError) => void,
): void {
  if (!('error' in settled)) return resolve(settled.outcome)
  onRefused(command, settled.error)
  reject(settled.error)
}
