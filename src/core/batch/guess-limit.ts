import type { ErrorCode } from '../command/errors.ts'

/**
 * Unknown coupon codes are counted per shop and per acceptor. Whoever tries too many is stopped for a while, so that
 * trying codes at a till leads nowhere. The count is this process's own: several processes allow that many times more,
 * which the size of the code space has room for.
 */
export type GuessLimit = {
  /** What is known now, for one batch to decide by. */
  look: () => Guesses
  /** Hears once what a till was refused with, and counts an unknown code. */
  count: (shop: Shop, refusal: { code: ErrorCode }, now: Date) => void
}

/** The guesses that are known, and those of the batch that looks, which count only when its refusals are heard. */
export type Guesses = {
  isStopped: (shop: Shop, now: Date) => boolean
  add: (shop: Shop) => void
}

type Shop = { acceptorId: string; shopNo: string }

const windowMilliseconds = 10 * 60 * 1000
const shopGuesses = 20
/** An acceptor has many shops: it is stopped only where its shops together look like one who tries codes. */
const acceptorGuesses = 2_000
const rememberedKeys = 50_000

const keysOf = ({ acceptorId, shopNo }: Shop) => [`${acceptorId} ${shopNo}`, acceptorId] as const

/** @param onStopped hears of every request that is stopped, for the metrics. */
export function createGuessLimit(onStopped: () => void): GuessLimit {
  const windows = new Map<string, { endsAt: number; count: number }>()
  const countOf = (key: string, now: Date): number => {
    const window = windows.get(key)
    return window === undefined || window.endsAt <= now.getTime() ? 0 : window.count
  }
  const remember = (key: string, now: Date): void => {
    const count = countOf(key, now)
    if (windows.size >= rememberedKeys) forgetEnded(windows, now)
    if (count === 0) windows.set(key, { endsAt: now.getTime() + windowMilliseconds, count: 1 })
    else windows.get(key)!.count = count + 1
  }
  const look = (): Guesses => {
    const own = new Map<string, number>()
    const all = (key: string, now: Date): number => countOf(key, now) + (own.get(key) ?? 0)
    return {
      isStopped: (shop, now) => {
        const [shopKey, acceptorKey] = keysOf(shop)
        return all(shopKey, now) >= shopGuesses || all(acceptorKey, now) >= acceptorGuesses
      },
      add: (shop) => {
        for (const key of keysOf(shop)) own.set(key, (own.get(key) ?? 0) + 1)
      },
    }
  }
  return {
    look,
    count: (shop, { code }, now) => {
      if (code === 'coupon_not_found') for (const key of keysOf(shop)) remember(key, now)
      if (code === 'too_many_guesses') onStopped()
    },
  }
}

function forgetEnded(windows: Map<string, { endsAt: number }>, now: Date): void {
  for (const [key, window] of windows) if (window.endsAt <= now.getTime()) windows.delete(key)
}
