/**
 * Unknown coupon codes are counted per shop and per acceptor. Whoever tries too many is stopped for a while, so that
 * trying codes at a till leads nowhere. The count is this process's own: several processes allow that many times more,
 * which the size of the code space has room for.
 */
export type GuessLimit = {
  isStopped: (acceptorId: string, shopNo: string, now: Date) => boolean
  remember: (acceptorId: string, shopNo: string, now: Date) => void
}

const windowMilliseconds = 10 * 60 * 1000
const shopGuesses = 20
/** An acceptor has many shops: it is stopped only where its shops together look like one who tries codes. */
const acceptorGuesses = 2_000
const rememberedKeys = 50_000

/** @param onStopped hears of every request that is stopped, for the metrics. */
export function createGuessLimit(onStopped: () => void): GuessLimit {
  const windows = new Map<string, { endsAt: number; count: number }>()
  const countOf = (key: string, now: Date): number => {
    const window = windows.get(key)
    return window === undefined || window.endsAt <= now.getTime() ? 0 : window.count
  }
  const add = (key: string, now: Date): void => {
    const count = countOf(key, now)
    if (windows.size >= rememberedKeys) forgetEnded(windows, now)
    if (count === 0) windows.set(key, { endsAt: now.getTime() + windowMilliseconds, count: 1 })
    else windows.get(key)!.count = count + 1
  }
  return {
    isStopped: (acceptorId, shopNo, now) => {
      const isStopped =
        countOf(`${acceptorId} ${shopNo}`, now) >= shopGuesses || countOf(acceptorId, now) >= acceptorGuesses
      if (isStopped) onStopped()
      return isStopped
    },
    remember: (acceptorId, shopNo, now) => {
      add(`${acceptorId} ${shopNo}`, now)
      add(acceptorId, now)
    },
  }
}

function forgetEnded(windows: Map<string, { endsAt: number }>, now: Date): void {
  for (const [key, window] of windows) if (window.endsAt <= now.getTime()) windows.delete(key)
}
