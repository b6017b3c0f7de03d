import type { Command } from '../command/command.ts'
import { HubError } from '../command/errors.ts'

/** A command, and who waits for what becomes of it. Once that is known, and is nobody's question any more, one of both is called. */
export type Caller<C, Outcome> = {
  command: C
  resolve: (outcome: Outcome) => void
  reject: (error: unknown) => void
  /** Told that it took too long, before anything was known: who waits is gone. */
  isGone: boolean
  /** Handed to a batch, so that it may have been written. */
  isUnderWay: boolean
}

/** All callers of a verb, from their coming until it is known what became of their commands. */
export type Callers<C extends Command, Outcome> = {
  /** `enter` is handed the caller; the promise is what it hears. */
  add: (command: C, enter: (caller: Caller<C, Outcome>) => void) => Promise<Outcome>
  /** How long the oldest has waited, in seconds; 0 where there is none. */
  oldestSeconds: () => number
}

type Times = { cameAt: number; lateAt: number; tellLate: () => void }

const sweepMilliseconds = 250
/** What is under way may still be answered in this time behind its deadline. */
const graceMilliseconds = 500

/**
 * Answers whoever waits within a second after the deadline, whatever the batch does: `busy` where the command was not
 * begun, else `outcome_unknown`. Measured in real time: nobody waits by a clock that a test moves.
 */
export function createCallers<C extends Command, Outcome>(verb: string, now: () => Date): Callers<C, Outcome> {
  const waiting = new Map<Caller<C, Outcome>, Times>()
  let timer: NodeJS.Timeout | undefined

  function sweep(): void {
    const at = performance.now()
    for (const [caller, { lateAt, tellLate }] of waiting) if (lateAt <= at && !caller.isGone) tellLate()
  }

  function dismiss(caller: Caller<C, Outcome>): void {
    waiting.delete(caller)
    if (waiting.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    add: (command, enter) =>
      new Promise((resolve, reject) => {
        const caller: Caller<C, Outcome> = {
          command,
          resolve: (outcome) => {
            dismiss(caller)
            resolve(outcome)
          },
          reject: (error) => {
            dismiss(caller)
            reject(error)
          },
          isGone: false,
          isUnderWay: false,
        }
        const tellLate = (): void => {
          caller.isGone = true
          reject(lateness(verb, caller.isUnderWay))
        }
        const cameAt = performance.now()
        const patience = command.deadline.getTime() - now().getTime() + graceMilliseconds
        waiting.set(caller, { cameAt, lateAt: cameAt + patience, tellLate })
        timer ??= setInterval(sweep, sweepMilliseconds)
        enter(caller)
      }),
    oldestSeconds: () => {
      // They stand in the order of their coming.
      const [oldest] = waiting.values()
      return oldest === undefined ? 0 : (performance.now() - oldest.cameAt) / 1000
    },
  }
}

/** What a caller hears who has waited too long. */
export const lateness = (verb: string, mayBeWritten: boolean): HubError =>
  new HubError(mayBeWritten ? 'outcome_unknown' : 'busy', `the ${verb} waited longer than its caller does`)
