import { setTimeout as sleep } from 'node:timers/promises'

/** Partners at work, who ask again whenever they are not answered. */
export type AtWork = {
  /** True while all is well. Throws what a partner was refused. */
  check: () => true
  /** Begins nothing anew, and waits until everything is answered. */
  stop: () => Promise<void>
  /** Ends at once, answered or not. */
  abandon: () => void
}

/** One worker: does one thing after the other until `stopped`, and gives up a question at `abandoned`. */
export type Worker = (name: number, stopped: AbortSignal, abandoned: AbortSignal) => Promise<void>

/** What a partner was refused for good. */
export class Refused extends Error {}

export function startWork(workers: readonly Worker[]): AtWork {
  const stopped = new AbortController()
  const abandoned = new AbortController()
  let failure: unknown
  const ended = Promise.all(workers.map((work, name) => work(name, stopped.signal, abandoned.signal)))
  ended.catch((error: unknown) => (failure = error))
  return {
    check: () => {
      if (failure !== undefined) throw failure
      return true
    },
    stop: async () => {
      stopped.abort()
      await ended
    },
    abandon: () => {
      stopped.abort()
      abandoned.abort()
    },
  }
}

const pauseMilliseconds = 50

/** Asks again, with the same content, while nobody answers. What is refused for good fails the test. */
export async function untilAnswered<T>(signal: AbortSignal, ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    signal.throwIfAborted()
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
    } catch (error) {
      if (error instanceof Refused) throw error
    }
    await sleep(pauseMilliseconds)
  }
}

const patienceMilliseconds = 180_000

/** Waits until it is so. Throws where that takes too long. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await isSo()); waited += 10) {
    if (waited >= patienceMilliseconds) throw new Error('what was waited for has not come')
    await sleep(10)
  }
}

const atOnce = 16

export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce) {
    await Promise.all(items.slice(start, start + atOnce).map(work))
  }
}
