import { randomInt } from 'node:crypto'
import { isJsonObject } from './json.ts'

const states = ['unused', 'used', 'refunded', 'expired', 'early', 'elsewhere', 'frozen'] as const

/** Why a code can be redeemed, or cannot: `elsewhere` is for another shop. */
export type CodeState = (typeof states)[number]

/** A code, and by which request it was used. */
export type RedeemCode = { code: string; state: CodeState; usedBy?: string; usedAt?: Date }

export type RedeemCodes = {
  /** Adds a code, an unused one of twelve digits where nothing else is said, and gives it. */
  add: (given?: { code?: string; state?: CodeState }) => RedeemCode
  find: (code: unknown) => RedeemCode | undefined
  use: (code: RedeemCode, by: string, at: Date) => void
  unuse: (code: RedeemCode) => void
  /** All that are kept, oldest first. */
  list: () => RedeemCode[]
}

/**
 * Reads the code that is to be added over HTTP.
 * @throws Error with a sentence that says which field to change and to what.
 */
export function parseNewCode(given: unknown): { code?: string; state?: CodeState } {
  if (!isJsonObject(given)) throw new Error('The code is to be a JSON object, such as {"state":"expired"} or {}.')
  const { code, state } = given
  if (code !== undefined && !(typeof code === 'string' && /^[\x21-\x7e]{1,64}$/.test(code))) {
    throw new Error('"code" is to be 1 to 64 printable ASCII characters, or absent for one that is made up.')
  }
  const found = states.find((known) => known === state)
  if (state !== undefined && found === undefined) {
    throw new Error(`"state" is to be one of ${states.join(', ')}, or absent for unused.`)
  }
  return { ...(code === undefined ? {} : { code }), ...(found === undefined ? {} : { state: found }) }
}

/** Keeps as many as `limit`, the newest. */
export function createRedeemCodes(limit: number): RedeemCodes {
  const codes = new Map<string, RedeemCode>()
  const makeUp = (): string => {
    const code = String(randomInt(1e11, 3e11))
    return codes.has(code) ? makeUp() : code
  }
  return {
    add: ({ code = makeUp(), state = 'unused' } = {}) => {
      const added: RedeemCode = { code, state }
      keep(codes, code, added, limit)
      return added
    },
    find: (code) => (typeof code === 'string' ? codes.get(code) : undefined),
    use: (code, usedBy, usedAt) => void Object.assign(code, { state: 'used', usedBy, usedAt }),
    unuse: (code) => {
      code.state = 'unused'
      delete code.usedBy
      delete code.usedAt
    },
    list: () => [...codes.values()],
  }
}

/** Puts something into a map that forgets the oldest beyond the limit. */
export function keep<Value>(map: Map<string, Value>, key: string, value: Value, limit: number): void {
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > limit && oldest !== undefined) map.delete(oldest)
}
