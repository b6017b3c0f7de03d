/**
 * Remembers that a counter was full, for at most a second: what is given back must be seen soon, but a sold-out
 * template must not cost a row lock for every request that hears so.
 */
export type FullCounters = {
  remember: (key: string, now: Date) => void
  isFull: (key: string, now: Date) => boolean
}

const believedMilliseconds = 1000
const rememberedKeys = 10_000

export function createFullCounters(): FullCounters {
  const until = new Map<string, number>()
  return {
    remember: (key, now) => {
      if (until.size >= rememberedKeys) until.clear()
      until.set(key, now.getTime() + believedMilliseconds)
    },
    isFull: (key, now) => {
      const end = until.get(key)
      if (end === undefined) return false
      if (now.getTime() < end) return true
      until.delete(key)
      return false
    },
  }
}
