import type { Hub } from '../hub.ts'
import type { Breakers } from './breakers.ts'
import type { ReadyToTell } from './claims.ts'
import type { Attempt } from './deliver.ts'
import type { Slots } from './slots.ts'
import { createSpread } from './spread.ts'

export type DeskOptions = {
  now: Hub['now']
  slots: Slots
  breakers: Breakers
  /** How many attempts may be under way at one address. */
  perOrigin: number
  /** How many notifications may be at the desk, under way or in line. */
  places: number
  /** How long one stands in line for a slot before it is put off. */
  patienceMilliseconds: number
  attempt: (ready: ReadyToTell) => Promise<Attempt>
  onEnded: (ready: ReadyToTell, attempt: Attempt) => void
  onPutOff: (ready: ReadyToTell, dueAt: Date) => void
}

/** Where claimed notifications stand in line for a slot, and are told. */
export type Desk = {
  take: (ready: readonly ReadyToTell[]) => void
  room: () => number
  /** Resolves when at least so many places are free. */
  hasRoom: (places: number) => Promise<void>
  /** Takes out who stands in line; what is under way goes on. */
  dismiss: () => ReadyToTell[]
  /** Takes out what is under way: nothing more will be heard of it. */
  abandon: () => { ready: ReadyToTell; startedAt: Date }[]
}

/** `isGone`: it has left the line (or never stood in it), though the line may still hold it. */
type Waiting = { ready: ReadyToTell; origin: string; isFirst: boolean; isGone: boolean }

// An address that is busy keeps its own line waiting, and no other one.
const lineKey = ({ origin, isFirst }: Waiting): string => `${isFirst ? 'first' : 'again'} ${origin}`

const putOffMilliseconds = 500

/** Makes a desk. It calls `onEnded` or `onPutOff` once for everything that it took and did not dismiss. */
export function createDesk(options: DeskOptions): Desk {
  const { now, slots, breakers, patienceMilliseconds, places } = options
  const spread = createSpread(options.perOrigin)
  const lines = new Map<string, Waiting[]>()
  const running = new Map<ReadyToTell, Date>()
  let inLine = 0
  let waiters: { places: number; resolve: () => void }[] = []

  const room = (): number => places - running.size - inLine

  function settleWaiters(): void {
    if (waiters.length === 0) return
    const free = room()
    const served = waiters.filter((waiter) => waiter.places <= free)
    waiters = waiters.filter((waiter) => waiter.places > free)
    for (const { resolve } of served) resolve()
  }

  function putOff({ ready, origin }: Waiting, earliest: Date): void {
    options.onPutOff(ready, spread.next(origin, earliest))
  }

  /** Whether it no longer stands in line: it has begun, or is held back by its address's breaker. */
  function tryStart(waiting: Waiting): boolean {
    const release = slots.tryTake(waiting.origin, waiting.isFirst)
    if (release === undefined) return false
    const permit = breakers.mayTry(waiting.origin, now())
    if (permit.ok) void run(waiting, release)
    else {
      release()
      putOff(waiting, permit.retryAt)
    }
    return true
  }

  async function run({ ready, origin }: Waiting, release: () => void): Promise<void> {
    running.set(ready, now())
    const attempt = await options.attempt(ready)
    release()
    if (!running.delete(ready)) return
    if (attempt.isAddressWell === true) breakers.succeeded(origin, now())
    if (attempt.isAddressWell === false) breakers.failed(origin, now())
    spread.observe(origin, attempt.durationMilliseconds)
    options.onEnded(ready, attempt)
    advance()
    settleWaiters()
  }

  // Every line moves as far as it can; one that cannot stops at its head.
  function advance(): void {
    for (const [key, line] of lines) {
      while (line[0] !== undefined && (line[0].isGone || tryStart(line[0]))) leave(line.shift()!)
      if (line.length === 0) lines.delete(key)
    }
  }

  function leave(waiting: Waiting): void {
    if (!waiting.isGone) inLine -= 1
    waiting.isGone = true
  }

  function standInLine(waiting: Waiting): void {
    const line = lines.get(lineKey(waiting))
    if (line === undefined) lines.set(lineKey(waiting), [waiting])
    else line.push(waiting)
    waiting.isGone = false
    inLine += 1
  }

  function losePatience(waiting: Waiting[]): void {
    const earliest = new Date(now().getTime() + putOffMilliseconds)
    for (const one of waiting) {
      if (one.isGone) continue
      leave(one)
      putOff(one, earliest)
    }
    advance()
    settleWaiters()
  }

  return {
    take: (ready) => {
      const waiting = ready.map((one) => ({ ready: one, ...addressOf(one), isGone: true }))
      for (const one of waiting) if (lines.has(lineKey(one)) || !tryStart(one)) standInLine(one)
      if (inLine > 0) setTimeout(() => losePatience(waiting), patienceMilliseconds).unref()
      settleWaiters()
    },
    room,
    hasRoom: (wanted) =>
      new Promise((resolve) => {
        waiters.push({ places: Math.min(wanted, places), resolve })
        settleWaiters()
      }),
    dismiss: () => {
      const waiting = [...lines.values()].flat().filter((one) => !one.isGone)
      waiting.forEach(leave)
      lines.clear()
      settleWaiters()
      return waiting.map(({ ready }) => ready)
    },
    abandon: () => {
      const abandoned = [...running].map(([ready, startedAt]) => ({ ready, startedAt }))
      running.clear()
      return abandoned
    },
  }
}

function addressOf({ notification }: ReadyToTell): { origin: string; isFirst: boolean } {
  // An address that is none fails its attempt with words; here it only needs a line to stand in.
  const origin = URL.canParse(notification.url) ? new URL(notification.url).origin : notification.url
  return { origin, isFirst: notification.attempts === 0 }
}
