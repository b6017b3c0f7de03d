/** A sleep that can be cut short. A wake that comes while nobody sleeps ends the next sleep at once. */
export type Nap = { sleep: (milliseconds: number) => Promise<void>; wake: () => void }

export function createNap(): Nap {
  let isWoken = false
  let end: (() => void) | undefined
  return {
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        if (isWoken) {
          isWoken = false
          return resolve()
        }
        const finish = (): void => {
          clearTimeout(timer)
          end = undefined
          resolve()
        }
        const timer = setTimeout(finish, milliseconds)
        end = finish
      }),
    wake: () => {
      if (end === undefined) isWoken = true
      else end()
    },
  }
}

const slices = 10

/**
 * Calls `onLate` when so much time has passed in which this process was awake; answers how to call it off. A process that
 * was stopped, or whose machine slept, finds every timer due at once when it goes on, before it has read what came
 * meanwhile: so the time is measured in slices, of which a stop costs one.
 */
export function startDeadline(milliseconds: number, onLate: () => void): () => void {
  let left = slices
  const begin = (): NodeJS.Timeout =>
    setTimeout(() => {
      left -= 1
      if (left === 0) onLate()
      else timer = begin()
    }, milliseconds / slices)
  let timer = begin()
  return () => clearTimeout(timer)
}

/** What `work` came to, where it ends within that time; undefined where it does not. Rejects where it rejects in time. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<{ value: T } | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined)
  })
  try {
    return await Promise.race([work.then((value) => ({ value })), late])
  } finally {
    clearTimeout(timer)
  }
}
