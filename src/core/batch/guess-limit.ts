import { plainCode } from '../codes/typed-code.ts'
import type { ErrorCode } from '../command/errors.ts'

/**
 * Unknown coupon codes are counted per shop and per acceptor. Whoever tries too many is stopped for a while, so that
 * trying codes at a till leads nowhere. The count is this process's own: several processes allow that many times more,
 * which the size of the code space has room for.
 */
export type GuessLimit = {
  /** What is known now, for one batch to decide by. */
  look: () => Guesses
  /** Hears once what a till was refused with, and counts an unknown code: once, however often and however it is typed. */
  count: (guess: Guess, refusal: { code: ErrorCode }, now: Date) => void
}

/** The guesses that are known, and those of the batch that looks, which count only when its refusals are heard. */
export type Guesses = {
  isStopped: (shop: Shop, now: Date) => boolean
  add: (guess: Guess) => void
}

export type Shop = { acceptorId: string; shopNo: string }

/** A code that a shop has tried, or what stands for it. */
type Guess = Shop & { code: string }

/** By what the same code is known again. */
const codeOf = ({ code }: Guess): string => plainCode(code).toUpperCase().slice(0, 64)

const windowMilliseconds = 10 * 60 * 1000
const shopGuesses = 20
/** An acceptor has many shops: it is stopped only where its shops together look like one who tries codes. */
const acceptorGuesses = 2_000
const rememberedKeys = 50_000
const none: ReadonlySet<string> = new Set()

const keysOf = ({ acceptorId, shopNo }: Shop) => [`${acceptorId} ${shopNo}`, acceptorId] as const

/** @param onStopped hears of every request that is stopped, for the metrics. */
export function createGuessLimit(onStopped: () => void): GuessLimit {
  const windows = new Map<string, { endsAt: number; codes: Set<string> }>()
  const codesOf = (key: string, now: Date): ReadonlySet<string> => {
    const window = windows.get(key)
    return window === undefined || window.endsAt <= now.getTime() ? none : window.codes
  }
  const remember = (key: string, code: string, now: Date): void => {
    const codes = codesOf(key, now)
    if (windows.size >= rememberedKeys) forgetEnded(windows, now)
    if (codes === none) windows.set(key, { endsAt: now.getTime() + windowMilliseconds, codes: new Set([code]) })
    else if (codes.size < acceptorGuesses) windows.get(key)!.codes.add(code)
  }
  const look = (): Guesses => {
    const own = new Map<string, Set<string>>()
    const count = (key: string, now: Date): number => {
      const known = codesOf(key, now)
      return known.size + [...(own.get(key) ?? none)].filter((code) => !known.has(code)).length
    }
    return {
      isStopped: (shop, now) => {
        const [shopKey, acceptorKey] = keysOf(shop)
        return count(shopKey, now) >= shopGuesses || count(acceptorKey, now) >= acceptorGuesses
      },
      add: (guess) => {
        for (const key of keysOf(guess)) own.set(key, (own.get(key) ?? new Set()).add(codeOf(guess)))
      },
    }
  }
  return {
    look,
    count: (guess, { code }, now) => {
      if (code === 'coupon_not_found') for (const key of keysOf(guess)) remember(key, codeOf(guess), now)
      if (code === 'too_many_guesses') onStopped()
    },
  }
}

function forgetEnded(windows: Map<string, { endsAt: number }>, now: Date): void {
  for (const [key, window] of windows) if (window.endsAt <= now.getTime()) windows.delete(key)
}
