// Money is whole fen inside; yuan exist only on the wires that write them.

/**
 * Reads an amount in fen as partners write it: digits only, no sign, no leading zero, at most 16 of them. Undefined for
 * anything else, and above Number.MAX_SAFE_INTEGER, where a number would no longer be exact.
 */
export function parseFen(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined
  return safeOrUndefined(Number(text))
}

/** Writes fen as yuan with two decimals: 3000 → `30.00`, −5 → `-0.05`. Throws a RangeError for what is no whole fen. */
export function formatYuan(fen: number): string {
  if (!Number.isSafeInteger(fen)) throw new RangeError(`${fen} is not a whole number of fen.`)
  const absolute = Math.abs(fen)
  const rest = absolute % 100
  const yuan = (absolute - rest) / 100
  return `${fen < 0 ? '-' : ''}${yuan}.${rest < 10 ? '0' : ''}${rest}`
}

/**
 * Reads an amount in yuan with at most two decimals (`30`, `30.5`, `30.00`) into fen, without rounding. Undefined for
 * anything else: no sign, since nobody may ask for a negative amount; no exponent, no leading zero, no third decimal.
 */
export function parseYuan(text: string): number | undefined {
  const match = /^(0|[1-9][0-9]{0,13})(?:\.([0-9]{1,2}))?$/.exec(text)
  if (match === null) return undefined
  const [, yuan = '', decimals = ''] = match
  return safeOrUndefined(Number(yuan + decimals.padEnd(2, '0')))
}

function safeOrUndefined(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined
}
