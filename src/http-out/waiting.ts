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

/** Waits for `work`, but no longer than that; says whether it ended in time. Rejects where it rejects in time. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  try {
    return await Promise.race([work.then(() => true), timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** Lets those pass who wait for room. `open` looks again, whenever there may be more. */
type Door = { pass: (needed: number) => Promise<void>; open: () => void }

export function createDoor(room: () => number): Door {
  let waiting: { needed: number; resolve: () => void }[] = []
  const open = (): void => {
    if (waiting.length === 0) return
    const free = room()
    const served = waiting.filter(({ needed }) => needed <= free)
    waiting = waiting.filter(({ needed }) => needed > free)
    for (const { resolve } of served) resolve()
  }
  return {
    open,
    pass: (needed) =>
      new Promise((resolve) => {
        waiting.push({ needed, resolve })
        open()
      }),
  }
}
