/** The circuit breaker of one address, as plain data: every function returns a new one. Times are in milliseconds. */
type Breaker =
  | { readonly state: 'closed'; readonly buckets: readonly Bucket[] }
  | { readonly state: 'open'; readonly openings: number; readonly retryAt: number; readonly isOnTrial: boolean }

/** The attempts of one tenth of the window: exact times of every attempt would cost memory and tell nothing more. */
type Bucket = { readonly startedAt: number; readonly attempts: number; readonly failures: number }

type BreakerSettings = {
  /** How far back attempts count. */
  readonly windowSeconds: number
  /** Opens at this many attempts in the window … */
  readonly minimumAttempts: number
  /** … of which this share failed (0 to 1). */
  readonly failureRatio: number
  /** How long it is open at first; twice as long after each trial that failed, up to `longestOpenSeconds`. */
  readonly openSeconds: number
  readonly longestOpenSeconds: number
  /** When a trial of which nothing was heard is given up, and another may be made: longer than an attempt lasts. */
  readonly trialSeconds: number
}

const defaultBreakerSettings: BreakerSettings = {
  windowSeconds: 300,
  minimumAttempts: 10,
  failureRatio: 0.7,
  openSeconds: 30,
  longestOpenSeconds: 300,
  trialSeconds: 15,
}

const freshBreaker: Breaker = { state: 'closed', buckets: [] }

/** Until when attempts are held back; undefined when one may be made now. */
const heldBackUntil = (breaker: Breaker, now: number): number | undefined =>
  breaker.state === 'open' && now < breaker.retryAt ? breaker.retryAt : undefined

/** An attempt is being made. Once a breaker was open, that is a trial, and all others wait for its outcome. */
const afterStart = (breaker: Breaker, now: number, settings: BreakerSettings): Breaker =>
  breaker.state === 'closed' ? breaker : { ...breaker, isOnTrial: true, retryAt: now + settings.trialSeconds * 1_000 }

/** One good answer to a trial closes the breaker. What started before it opened says nothing about now. */
function afterSuccess(breaker: Breaker, now: number, settings: BreakerSettings): Breaker {
  if (breaker.state === 'open') return breaker.isOnTrial ? freshBreaker : breaker
  return { state: 'closed', buckets: counted(breaker.buckets, now, 0, settings) }
}

/** Opens a closed breaker at the threshold, and an open one for longer when its trial failed; until `latest` at most. */
function afterFailure(breaker: Breaker, now: number, settings: BreakerSettings, latest: number): Breaker {
  if (breaker.state === 'open') return breaker.isOnTrial ? opened(breaker.openings, now, settings, latest) : breaker
  const buckets = counted(breaker.buckets, now, 1, settings)
  const attempts = sumOf(buckets, 'attempts')
  const isBroken =
    attempts >= settings.minimumAttempts && sumOf(buckets, 'failures') >= attempts * settings.failureRatio
  return isBroken ? opened(0, now, settings, latest) : { state: 'closed', buckets }
}

function opened(openingsBefore: number, now: number, settings: BreakerSettings, latest: number): Breaker {
  const seconds = Math.min(settings.openSeconds * 2 ** openingsBefore, settings.longestOpenSeconds)
  const retryAt = Math.min(now + seconds * 1_000, latest)
  return { state: 'open', openings: openingsBefore + 1, retryAt, isOnTrial: false }
}

function counted(buckets: readonly Bucket[], now: number, failures: 0 | 1, settings: BreakerSettings): Bucket[] {
  const windowMilliseconds = settings.windowSeconds * 1_000
  const recent = buckets.filter(({ startedAt }) => startedAt > now - windowMilliseconds)
  const last = recent.at(-1)
  if (last === undefined || now >= last.startedAt + windowMilliseconds / 10) {
    return [...recent, { startedAt: now, attempts: 1, failures }]
  }
  const grown = { startedAt: last.startedAt, attempts: last.attempts + 1, failures: last.failures + failures }
  return [...recent.slice(0, -1), grown]
}

const sumOf = (buckets: readonly Bucket[], field: 'attempts' | 'failures'): number =>
  buckets.reduce((sum, bucket) => sum + bucket[field], 0)

export type Breakers = {
  /**
   * Asks for one attempt, and counts it as begun: ask last, after everything else that could stop it, and report its
   * outcome. What is held back is postponed to `retryAt` and uses up no attempt of its schedule.
   */
  readonly mayTry: (origin: string, now: Date) => { ok: true } | { ok: false; retryAt: Date }
  /** The address answered, whatever it said: a partner's FAIL in good order is no outage. */
  readonly succeeded: (origin: string, now: Date) => void
  /**
   * No answer, or one that says that the address is in trouble (HTTP 429, 500 and above). `nextDue`: when whoever failed
   * comes again by its own schedule: then at the latest a trial is made.
   */
  readonly failed: (origin: string, now: Date, nextDue?: Date) => void
  /** The addresses that are held back now, and until when. */
  readonly openOrigins: (now: Date) => { origin: string; retryAt: Date }[]
}

type BreakersOptions = Partial<BreakerSettings> & {
  /** Beyond this many addresses the one unused for longest is forgotten. */
  readonly maxOrigins?: number
}

type Entry = { readonly breaker: Breaker; readonly usedAt: number }

/**
 * Circuit breakers by address (the origin of a URL), in this process's memory: each process finds out for itself.
 * Throws nothing; an address never heard of may be tried.
 */
export function createBreakers(options: BreakersOptions = {}): Breakers {
  const { maxOrigins = 10_000, ...given } = options
  const settings: BreakerSettings = { ...defaultBreakerSettings, ...given }
  const idleMilliseconds = (settings.windowSeconds + settings.longestOpenSeconds) * 1_000
  // In order of use, the one unused for longest first.
  const entries = new Map<string, Entry>()

  const change = (origin: string, now: Date, next: (breaker: Breaker) => Breaker): void => {
    const breaker = next(entries.get(origin)?.breaker ?? freshBreaker)
    entries.delete(origin)
    entries.set(origin, { breaker, usedAt: now.getTime() })
    forgetUnused(entries, maxOrigins, now.getTime() - idleMilliseconds)
  }

  return {
    mayTry: (origin, now) => {
      const retryAt = heldBackUntil(entries.get(origin)?.breaker ?? freshBreaker, now.getTime())
      if (retryAt !== undefined) return { ok: false, retryAt: new Date(retryAt) }
      change(origin, now, (breaker) => afterStart(breaker, now.getTime(), settings))
      return { ok: true }
    },
    succeeded: (origin, now) => change(origin, now, (breaker) => afterSuccess(breaker, now.getTime(), settings)),
    failed: (origin, now, nextDue) =>
      change(origin, now, (breaker) => afterFailure(breaker, now.getTime(), settings, nextDue?.getTime() ?? Infinity)),
    openOrigins: (now) => heldBack(entries, now.getTime()),
  }
}

// New entries come one at a time and idle ones stand in front, so each call has at most a few to look at.
function forgetUnused(entries: Map<string, Entry>, maxOrigins: number, unusedSince: number): void {
  for (const [origin, { usedAt }] of entries) {
    if (entries.size <= maxOrigins && usedAt > unusedSince) return
    entries.delete(origin)
  }
}

const heldBack = (entries: Map<string, Entry>, now: number): { origin: string; retryAt: Date }[] =>
  [...entries].flatMap(([origin, { breaker }]) => {
    const retryAt = heldBackUntil(breaker, now)
    return retryAt === undefined ? [] : [{ origin, retryAt: new Date(retryAt) }]
  })
