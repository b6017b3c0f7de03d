import { InvalidArgumentError } from 'commander'
import { redeemableAtSchema, type RedeemableAt } from '../core/nouns/template-terms.ts'
import { parseYuan } from '../wire/amount.ts'
import { parseShanghaiDateTime } from '../time/shanghai.ts'

// What options may say. Each throws commander's InvalidArgumentError, which names the option before the words.

const wrong = (words: string): InvalidArgumentError => new InvalidArgumentError(words)

/** A whole number between two bounds. */
export const whole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^-?\d{1,15}$/.test(text) && value >= min && value <= max) return value
    throw wrong(`It must be a whole number from ${min} to ${max}.`)
  }

// The parser takes null for "nothing was said", so that these words stay words until `orNull` reads them.

/** A limit: a whole number from 1, or `none`. */
export const limit = (text: string): number | 'none' => (text === 'none' ? text : whole(1, 1_000_000_000)(text))

/** A stock: a whole number, or `unlimited`. */
export const stock = (text: string): number | 'unlimited' =>
  text === 'unlimited' ? text : whole(0, 1_000_000_000_000)(text)

/** What `limit` and `stock` read, with null for the word. */
export const orNull = (value: number | 'none' | 'unlimited'): number | null =>
  typeof value === 'number' ? value : null

/** `+n` or `-n`. */
export function signed(text: string): number {
  if (/^[+-][1-9]\d{0,9}$/.test(text)) return Number(text)
  throw wrong('It is how many more or fewer: +100 or -100.')
}

/** An amount in yuan, with at most two decimals, as fen. */
export function yuan(text: string): number {
  const fen = parseYuan(text)
  if (fen !== undefined) return fen
  throw wrong('It must be an amount in yuan with at most two decimals: 30 or 30.00.')
}

/** An amount in yuan, which may be below 0, as fen. */
export const signedYuan = (text: string): number => (text.startsWith('-') ? -yuan(text.slice(1)) : yuan(text))

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** A time that runs, in seconds: `20s`, `30m`, `12h`, `30d`. */
export function duration(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const seconds = unitSeconds[unit]
  if (seconds === undefined) throw wrong('It must be a number with its unit: 20s, 30m, 12h or 30d.')
  return Number(amount) * seconds
}

/** An instant: Asia/Shanghai where no zone is given. A day alone is its first instant. */
export function time(text: string): Date {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(:\d{2})?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text)
  if (match !== null) {
    const [, day = '', minutes = '00:00', seconds = ':00', zone] = match
    const local = parseShanghaiDateTime(`${day} ${minutes}${seconds}`)
    if (local !== undefined) return zone === undefined ? local : new Date(`${day}T${minutes}${seconds}${zone}`)
  }
  throw wrong(
    'It must be a time in Asia/Shanghai: 2026-12-01 or "2026-12-01 08:30" (or with its zone: 2026-12-01T08:30Z).',
  )
}

/** A day, `yyyy-MM-dd`. */
export function day(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && parseShanghaiDateTime(`${text} 00:00:00`) !== undefined) return text
  throw wrong('It must be a day: 2026-12-01.')
}

/** A list with commas. */
export function list(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.every((part) => part !== '')) return parts
  throw wrong('It must be a list with commas: a,b,c.')
}

const placeWords =
  'It is everywhere, nowhere, acceptors=A,B, brand=X, merchants=ACCEPTOR:M1,M2 or shops=ACCEPTOR:S1,S2.'

/** Where a template's coupons may be redeemed. */
export function redeemableAt(text: string): RedeemableAt {
  const parsed = redeemableAtSchema.safeParse(placeOf(text))
  if (parsed.success) return parsed.data
  throw wrong(placeWords)
}

function placeOf(text: string): unknown {
  const [kind = '', ...rest] = text.split('=')
  const value = rest.join('=')
  const [acceptor = '', ...numbers] = value.split(':')
  const listed = numbers.join(':').split(',')
  if (kind === 'acceptors') return { kind, acceptors: value.split(',') }
  if (kind === 'brand') return { kind, brand: value }
  if (kind === 'merchants') return { kind, acceptor, merchants: listed }
  if (kind === 'shops') return { kind, acceptor, shops: listed }
  return value === '' ? { kind } : undefined
}

/** A list with commas of words that are known. */
export const among =
  <Word extends string>(words: readonly Word[]) =>
  (text: string): Word[] =>
    list(text).map((part) => {
      const word = words.find((known) => known === part)
      if (word !== undefined) return word
      throw wrong(`${part} is none of them: ${words.join(', ')}.`)
    })
