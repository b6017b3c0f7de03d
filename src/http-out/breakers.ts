import {
  afterFailure,
  afterStart,
  afterSuccess,
  defaultBreakerSettings,
  freshBreaker,
  heldBackUntil,
} from './breaker.ts'
import type { Breaker, BreakerSettings } from './breaker.ts'

export type Breakers = {
  /**
   * Asks for one attempt, and counts it as begun: ask last, after everything else that could stop it, and report its
   * outcome. What is held back is postponed to `retryAt` and uses up no attempt of its schedule.
   */
  readonly mayTry: (origin: string, now: Date) => { ok: true } | { ok: false; retryAt: Date }
  /** The address answered, whatever it said: a partner's FAIL in good order is no outage. */
  readonly succeeded: (origin: string, now: Date) => void
  /** No answer, or one that says that the address is in trouble (HTTP 429, 500 and above). */
  readonly failed: (origin: string, now: Date) => void
  /** The addresses that are held back now, and until when. */
  readonly openOrigins: (now: Date) => { origin: string; retryAt: Date }[]
}

export type BreakersOptions = Partial<BreakerSettings> & {
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
    failed: (origin, now) => change(origin, now, (breaker) => afterFailure(breaker, now.getTime(), settings)),
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
