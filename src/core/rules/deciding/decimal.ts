// Amounts and rates come as decimals in yuan or as parts of one, and must not pass through binary fractions: they are
// read digit by digit into whole numbers, fen or millionths.

const millionth = 1_000_000

/** Reads yuan into fen, further decimals rounded half up: `19.995` → 2000. Undefined for what is no plain decimal. */
export function readYuan(written: string | number): number | undefined {
  const parts = partsOf(written)
  if (parts === undefined) return undefined
  const fen = Number(parts.whole) * 100 + Number(parts.decimals.slice(0, 2)) + (parts.decimals[2]! >= '5' ? 1 : 0)
  return Number.isSafeInteger(fen) ? fen : undefined
}

/** Reads a rate from 0 to 1 into millionths: `0.85` → 850000. Undefined for anything else or finer. */
export function readRate(written: string | number): number | undefined {
  const parts = partsOf(written)
  if (parts === undefined || parts.decimals.slice(6).replaceAll('0', '') !== '') return undefined
  const rate = Number(parts.whole) * millionth + Number(parts.decimals.slice(0, 6))
  return rate <= millionth ? rate : undefined
}

function partsOf(written: string | number): { whole: string; decimals: string } | undefined {
  const match = /^([0-9]{1,13})(?:\.([0-9]{1,12}))?$/.exec(String(written))
  if (match === null) return undefined
  const [, whole = '', decimals = ''] = match
  return { whole, decimals: decimals.padEnd(6, '0') }
}

/** `amount` × `rate` (in millionths), rounded half up to the fen. */
export const timesRate = (amount: number, rate: number): number =>
  amount * rate <= Number.MAX_SAFE_INTEGER - millionth
    ? Math.floor((amount * rate + millionth / 2) / millionth)
    : Number((BigInt(amount) * BigInt(rate) + BigInt(millionth / 2)) / BigInt(millionth))

/** floor(`amount` × `part` ÷ `whole`), exactly. */
export const scale = (amount: number, part: number, whole: number): number =>
  amount * part <= Number.MAX_SAFE_INTEGER
    ? Math.floor((amount * part) / whole)
    : Number((BigInt(amount) * BigInt(part)) / BigInt(whole))

/** Fen as yuan with two decimals, for people. */
export const showYuan = (fen: number): string =>
  `${Math.floor(fen / 100)}.${String(Math.abs(fen % 100)).padStart(2, '0')}`
