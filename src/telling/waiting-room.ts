import type { Hub } from '../hub.ts'
import type { Breakers } from '../http-out/breakers.ts'
import type { ReadyToTell } from './claims.ts'
import type { Attempt } from './deliver.ts'
import { createLines, type Slots, createSpread } from './lines.ts'

type WaitingRoomOptions = {
  now: Hub['now']
  slots: Slots
  breakers: Breakers
  /** How many attempts may be under way at one address. */
  perOrigin: number
  /** How many notifications may be in the room, under way or in line. */
  places: number
  /** How long one stands in line for a slot before it is put off. */
  patienceMilliseconds: number
  /** Must not reject. */
  attempt: (ready: ReadyToTell) => Promise<Attempt>
  onEnded: (ready: ReadyToTell, attempt: Attempt) => void
  onPutOff: (ready: ReadyToTell, dueAt: Date) => void
}

/** Where claimed notifications stand in line for a slot, and are told. */
export type WaitingRoom = {
  take: (ready: readonly ReadyToTell[]) => void
  room: () => number
  /** Resolves when at least so many places are free; all of them, where there are not so many. */
  hasRoom: (places: number) => Promise<void>
  /** Takes out who stands in line; what is under way goes on. */
  dismiss: () => ReadyToTell[]
  /** Takes out what is under way: nothing more will be heard of it. */
  abandon: () => { ready: ReadyToTell; startedAt: Date }[]
}

type Visitor = { ready: ReadyToTell; origin: string; isFirst: boolean }

const putOffMilliseconds = 500

/** Makes a waiting room. It calls `onEnded` or `onPutOff` once for everything that it took and that was not taken out. */
export function createWaitingRoom(options: WaitingRoomOptions): WaitingRoom {
  const { now, patienceMilliseconds, places } = options
  const spread = createSpread(options.perOrigin)
  const lines = createLines<Visitor>()
  const running = new Map<ReadyToTell, Date>()
  const room = (): number => places - running.size - lines.length()
  const door = createDoor(room)

  const putOff = ({ ready, origin }: Visitor, earliest: Date): void =>
    options.onPutOff(ready, spread.next(origin, earliest))

  const start = async ({ ready, origin }: Visitor, release: () => void): Promise<void> => {
    running.set(ready, now())
    const attempt = await options.attempt(ready)
    release()
    if (!running.delete(ready)) return
    reportTo(options.breakers, origin, attempt, now())
    spread.observe(origin, attempt.durationMilliseconds)
    options.onEnded(ready, attempt)
    moveOn()
  }

  const serve = (visitor: Visitor): boolean => tryServe(options, visitor, start, putOff)

  const moveOn = (): void => {
    lines.advance(serve)
    door.open()
  }

  const losePatience = (visitors: Visitor[]): void => {
    const earliest = new Date(now().getTime() + putOffMilliseconds)
    for (const visitor of visitors) if (lines.leave(visitor)) putOff(visitor, earliest)
    moveOn()
  }

  return {
    take: (ready) => {
      const visitors = ready.map((one) => ({ ready: one, ...addressOf(one) }))
      for (const one of visitors) if (!lines.isEmpty(lineKey(one)) || !serve(one)) lines.join(lineKey(one), one)
      if (lines.length() > 0) setTimeout(() => losePatience(visitors), patienceMilliseconds).unref()
      door.open()
    },
    room,
    hasRoom: (wanted) => door.pass(Math.min(wanted, places)),
    dismiss: () => {
      const waiting = lines.empty()
      door.open()
      return waiting.map(({ ready }) => ready)
    },
    abandon: () => {
      const abandoned = [...running].map(([ready, startedAt]) => ({ ready, startedAt }))
      running.clear()
      return abandoned
    },
  }
}

/** Whether nobody needs to wait any more: the attempt has begun, or its address's breaker has put it off. */
function tryServe(
  { slots, breakers, now }: WaitingRoomOptions,
  visitor: Visitor,
  start: (visitor: Visitor, release: () => void) => Promise<void>,
  putOff: (visitor: Visitor, earliest: Date) => void,
): boolean {
  const release = slots.tryTake(visitor.origin, visitor.isFirst)
  if (release === undefined) return false
  const permit = breakers.mayTry(visitor.origin, now())
  if (permit.ok) {
    void start(visitor, release)
  } else {
    release()
    putOff(visitor, permit.retryAt)
  }
  return true
}

/** Lets those pass who wait for room. `open` looks again, whenever there may be more. */
type Door = { pass: (needed: number) => Promise<void>; open: () => void }

function createDoor(room: () => number): Door {
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

function reportTo(breakers: Breakers, origin: string, { isAddressWell }: Attempt, now: Date): void {
  if (isAddressWell === true) breakers.succeeded(origin, now)
  if (isAddressWell === false) breakers.failed(origin, now)
}

// Retries have a line of their own: first attempts pass them by, into the slots that are kept for them.
const lineKey = ({ origin, isFirst }: Visitor): string => `${isFirst ? 'first' : 'again'} ${origin}`

function addressOf({ notification }: ReadyToTell): { origin: string; isFirst: boolean } {
  // An address that is none fails its attempt with words; here it only needs a line to stand in.
  const origin = URL.canParse(notification.url) ? new URL(notification.url).origin : notification.url
  return { origin, isFirst: notification.attempts === 0 }
}
