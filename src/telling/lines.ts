/** Whose attempt it is, where it goes, and whether it is the first. */
export type Claimant = { app: string; origin: string; isFirst: boolean }

export type Slots = {
  /** Takes a slot for one attempt; call what is returned when it ended (once is enough, twice does no harm). */
  readonly tryTake: (claimant: Claimant) => (() => void) | undefined
  /** How many attempts could start now, were all of them first attempts at addresses with room. */
  readonly free: () => number
}

type SlotLimits = {
  readonly total: number
  /** How many attempts one address may have under way, so that a slow one cannot hold every slot. */
  readonly perOrigin: number
  /** How many slots retries never get: a heap of old failures does not delay what is told for the first time. */
  readonly reservedForFirstAttempts: number
}

/**
 * Counts the attempts under way. An app may have as many as are still free: one whose partner hangs holds half of them, two
 * hold a third each, and there is always as much left for the next. Throws where the reserved slots would leave none for
 * retries.
 */
export function createSlots(limits: SlotLimits): Slots {
  const { total, perOrigin, reservedForFirstAttempts } = limits
  if (reservedForFirstAttempts >= total) throw new Error('At least one slot must be left for retries.')
  const takenByOrigin = new Map<string, number>()
  const takenByApp = new Map<string, number>()
  let taken = 0
  let takenByRetries = 0

  const hasRoom = ({ app, origin, isFirst }: Claimant): boolean =>
    (takenByApp.get(app) ?? 0) < total - taken &&
    (takenByOrigin.get(origin) ?? 0) < perOrigin &&
    (isFirst || takenByRetries < total - reservedForFirstAttempts)

  const count = ({ app, origin, isFirst }: Claimant, change: 1 | -1): void => {
    addTo(takenByOrigin, origin, change)
    addTo(takenByApp, app, change)
    taken += change
    if (!isFirst) takenByRetries += change
  }

  const tryTake = (claimant: Claimant): (() => void) | undefined => {
    if (!hasRoom(claimant)) return undefined
    count(claimant, 1)
    let isReleased = false
    return () => {
      if (!isReleased) count(claimant, -1)
      isReleased = true
    }
  }
  return { tryTake, free: () => total - taken }
}

function addTo(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

/** Lines of those who wait for a slot: one for each key, so that a busy address keeps only its own line waiting. */
export type Lines<T> = {
  isEmpty: (key: string) => boolean
  join: (key: string, one: T) => void
  /** Takes one out, wherever it stands; false where it is in no line any more. */
  leave: (one: T) => boolean
  /**
   * Moves every line as far as it goes: `serve` says whether the one at its head was served, and is then out. A line that
   * has moved is the last to move the next time.
   */
  advance: (serve: (one: T) => boolean) => void
  /** Who waits, in whatever line. */
  waiting: () => T[]
  /** Takes out all. */
  empty: () => T[]
  length: () => number
}

export function createLines<T>(): Lines<T> {
  const lines = new Map<string, T[]>()
  // Who has left in the middle of a line is taken out when the line has moved on to them.
  const standing = new Set<T>()

  function advanceLine(key: string, line: T[], serve: (one: T) => boolean): void {
    let served = 0
    for (const one of line) {
      if (standing.has(one) && !serve(one)) break
      standing.delete(one)
      served += 1
    }
    line.splice(0, served)
    if (served > 0) lines.delete(key)
    if (served > 0 && line.length > 0) lines.set(key, line)
  }

  return {
    isEmpty: (key) => !lines.has(key),
    join: (key, one) => {
      const line = lines.get(key)
      if (line === undefined) lines.set(key, [one])
      else line.push(one)
      standing.add(one)
    },
    leave: (one) => standing.delete(one),
    advance: (serve) => {
      // As they stand now: a line that moves comes once more at the end of the map.
      const all = Array.from(lines)
      for (const [key, line] of all) advanceLine(key, line, serve)
    },
    waiting: () => [...standing],
    empty: () => {
      const all = [...standing]
      lines.clear()
      standing.clear()
      return all
    },
    length: () => standing.size,
  }
}

/** Spreads what has to wait for an address over the time that the address needs for it. */
type Spread = {
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
