import type { Hub } from '../hub.ts'
import type { Breakers } from '../http-out/breakers.ts'
import type { ReadyToTell } from './claims.ts'
import type { Attempt } from './deliver.ts'
import { createLines, createSpread, type Claimant, type Lines, type Slots } from './lines.ts'
import type { NotificationRow } from '../db/notifications.ts'

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
  /** Answers when it is due again, if it is. */
  onEnded: (ready: ReadyToTell, attempt: Attempt) => Date | null
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

type Visitor = Claimant & { ready: ReadyToTell; breaker: string }

const putOffMilliseconds = 500
const untriedMilliseconds = 5_000

/** Makes a waiting room. It calls `onEnded` or `onPutOff` once for everything that it took and that was not taken out. */
export function createWaitingRoom(options: WaitingRoomOptions): WaitingRoom {
  const { now, patienceMilliseconds, places } = options
  const spread = createSpread(options.perOrigin)
  const lines = createLines<Visitor>()
  const running = new Map<ReadyToTell, Date>()
  const room = (): number => places - running.size - lines.length()
  const after = (milliseconds: number): Date => new Date(now().getTime() + milliseconds)
  const door = createDoor(room)

  const putOff = ({ ready, origin }: Visitor, earliest: Date): void =>
    options.onPutOff(ready, spread.next(origin, earliest))

  const start = async (visitor: Visitor, release: () => void): Promise<void> => {
    const { ready, origin, breaker } = visitor
    running.set(ready, now())
    const attempt = await options.attempt(ready)
    release()
    if (!running.delete(ready)) return
    if (attempt.isTried) {
      spread.observe(origin, attempt.durationMilliseconds)
      reportTo(options.breakers, breaker, attempt, { now: now(), nextDue: options.onEnded(ready, attempt) })
    } else {
      putOff(visitor, after(untriedMilliseconds))
    }
    moveOn()
  }

  const serve = (visitor: Visitor): boolean => tryServe(options, visitor, start, putOff)

  const moveOn = (): void => {
    lines.advance(serve)
    door.open()
  }

  const losePatience = (visitors: Visitor[]): void => {
    for (const visitor of visitors) if (lines.leave(visitor)) putOff(visitor, after(putOffMilliseconds))
    moveOn()
  }

  return {
    take: (ready) => {
      const visitors = ready.map(visitorOf)
      for (const visitor of admit(lines, visitors, { serve, room })) putOff(visitor, after(putOffMilliseconds))
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

/**
 * Serves visitors, or has them stand in line. Answers those for whom there is no place: an app's part of the room may be
 * as large as what is left of it, so that what another app is told next always finds a place.
 */
function admit(
  lines: Lines<Visitor>,
  visitors: readonly Visitor[],
  { serve, room }: { serve: (visitor: Visitor) => boolean; room: () => number },
): Visitor[] {
  const lengths = new Map<string, number>()
  for (const { app } of lines.waiting()) lengths.set(app, (lengths.get(app) ?? 0) + 1)
  return visitors.filter((one) => {
    if (lines.isEmpty(lineKey(one)) && serve(one)) return false
    const length = lengths.get(one.app) ?? 0
    if (length >= room()) return true
    lines.join(lineKey(one), one)
    lengths.set(one.app, length + 1)
    return false
  })
}

/** Whether nobody needs to wait any more: the attempt has begun, or its address's breaker has put it off. */
function tryServe(
  { slots, breakers, now }: WaitingRoomOptions,
  visitor: Visitor,
  start: (visitor: Visitor, release: () => void) => Promise<void>,
  putOff: (visitor: Visitor, earliest: Date) => void,
): boolean {
  const release = slots.tryTake(visitor)
  if (release === undefined) return false
  const permit = breakers.mayTry(visitor.breaker, now())
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

function reportTo(
  breakers: Breakers,
  key: string,
  { isAddressWell }: Attempt,
  { now, nextDue }: { now: Date; nextDue: Date | null },
): void {
  if (isAddressWell === true) breakers.succeeded(key, now)
  if (isAddressWell === false) breakers.failed(key, now, nextDue ?? undefined)
}

// Retries have a line of their own: first attempts pass them by, into the slots that are kept for them.
const lineKey = ({ app, origin, isFirst }: Visitor): string => `${isFirst ? 'first' : 'again'} ${app} ${origin}`

function visitorOf(ready: ReadyToTell): Visitor {
  const { face, appId, url, attempts } = ready.notification
  const origin = originOf(url)
  return { ready, app: `${face} ${appId}`, origin, isFirst: attempts === 0, breaker: breakerKey(ready.notification) }
}

// An address that is none fails its attempt with words; here it only needs a line to stand in.
const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : url)

/**
 * What one breaker is about: an app's address, for one kind of what it is told. That an issue callback is refused says
 * nothing of those that tell of a use.
 */
export const breakerKey = ({ face, appId, kind, url }: NotificationRow): string =>
  [face, appId, kind, originOf(url)].join(' ')

/** What such a key is about. Only the address, where it is none, may have blanks. */
export function breakerOf(key: string) {
  const [face = '', app = '', kind = '', ...address] = key.split(' ')
  return { face, app, kind, address: address.join(' ') }
}
