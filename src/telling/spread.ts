/** Spreads what has to wait for an address over the time that the address needs for it. */
export type Spread = {
  /** An attempt at the address took so long. */
  observe: (origin: string, durationMilliseconds: number) => void
  /** When one more may come back: at `earliest`, or behind those that were put off before it, a minute at most. */
  next: (origin: string, earliest: Date) => Date
}

type Entry = { averageMilliseconds: number; lastAt: number }

const longestMilliseconds = 60_000
const mostOrigins = 10_000
const weight = 0.1

/**
 * Without it all that a slow address cannot take would come back at the same instant, be claimed and put off again, as
 * many times as it is too much. `perOrigin` is how many attempts an address takes at once.
 */
export function createSpread(perOrigin: number): Spread {
  const entries = new Map<string, Entry>()
  const entryOf = (origin: string): Entry => {
    const entry = entries.get(origin) ?? { averageMilliseconds: 0, lastAt: 0 }
    // The least recently used is in front.
    entries.delete(origin)
    entries.set(origin, entry)
    const [oldest] = entries.keys()
    if (entries.size > mostOrigins && oldest !== undefined) entries.delete(oldest)
    return entry
  }
  return {
    observe: (origin, durationMilliseconds) => {
      const entry = entryOf(origin)
      entry.averageMilliseconds += weight * (durationMilliseconds - entry.averageMilliseconds)
    },
    next: (origin, earliest) => {
      const entry = entryOf(origin)
      const from = earliest.getTime()
      const turn = entry.lastAt + entry.averageMilliseconds / perOrigin
      entry.lastAt = Math.min(Math.max(from, turn), from + longestMilliseconds)
      return new Date(entry.lastAt)
    },
  }
}
