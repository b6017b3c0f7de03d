export type Slots = {
  /** Takes a slot for one attempt; call what is returned when it ended (once is enough, twice does no harm). */
  readonly tryTake: (origin: string, isFirstAttempt: boolean) => (() => void) | undefined
  /** How many attempts could start now, were all of them first attempts at addresses with room. */
  readonly free: () => number
}

export type SlotLimits = {
  readonly total: number
  /** How many attempts one address may have under way, so that a slow one cannot hold every slot. */
  readonly perOrigin: number
  /** How many slots retries never get: a heap of old failures does not delay what is told for the first time. */
  readonly reservedForFirstAttempts: number
}

/** Counts the attempts under way. Throws where the reserved slots would leave none for retries. */
export function createSlots(limits: SlotLimits): Slots {
  const { total, perOrigin, reservedForFirstAttempts } = limits
  if (reservedForFirstAttempts >= total) throw new Error('At least one slot must be left for retries.')
  const takenByOrigin = new Map<string, number>()
  let taken = 0
  let takenByRetries = 0

  const hasRoom = (origin: string, isFirstAttempt: boolean): boolean =>
    taken < total &&
    (takenByOrigin.get(origin) ?? 0) < perOrigin &&
    (isFirstAttempt || takenByRetries < total - reservedForFirstAttempts)

  const count = (origin: string, isFirstAttempt: boolean, change: 1 | -1): void => {
    const ofOrigin = (takenByOrigin.get(origin) ?? 0) + change
    if (ofOrigin === 0) takenByOrigin.delete(origin)
    else takenByOrigin.set(origin, ofOrigin)
    taken += change
    if (!isFirstAttempt) takenByRetries += change
  }

  const tryTake = (origin: string, isFirstAttempt: boolean): (() => void) | undefined => {
    if (!hasRoom(origin, isFirstAttempt)) return undefined
    count(origin, isFirstAttempt, 1)
    let isReleased = false
    return () => {
      if (!isReleased) count(origin, isFirstAttempt, -1)
      isReleased = true
    }
  }
  return { tryTake, free: () => total - taken }
}
