import { hash, randomInt } from 'node:crypto'
import { localTime } from '../../time/days.ts'
import { parseShanghaiCompact } from '../../time/shanghai.ts'
import { laneCount } from './lanes.ts'

// The numbers that we hand out for orders and redemptions: 32 digits, the most that the partners' documents allow.
//   yyyyMMddHHmmssSSS  when the command was received, Asia/Shanghai (17)
//   nnn                the index of the lane, so that a query by our number goes to one shard (3)
//   rrrrrrrrrrrr       random (12), so that processes need not agree on a sequence and nobody can count our orders
// A command gets its number when it is received and the number is its id: after an unknown commit, a second run finds
// its own effect by it.

const randomDigits = 12
const randomLimit = 10 ** randomDigits
const shape =
  /^\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d[0-5]\d\d{3}([01]\d\d|2[0-4]\d|25[0-5])\d{12}$/

// randomInt is unbiased and draws from a buffer of Node's, so a number costs no system call.
const drawRandom = (): number => randomInt(randomLimit)

/**
 * A new number. `random` gives an integer from 0 to 10^12 − 1 and is handed in only where numbers must be foreseeable.
 * An Error for an index that is not from 0 to 255, and for a year that has not four digits.
 */
export function makeNumber(laneIndex: number, now: Date, random: () => number = drawRandom): string {
  const lane = String(laneIndex).padStart(3, '0')
  const number = localTime(now).replace(/\D/g, '') + lane + String(random()).padStart(randomDigits, '0')
  if (shape.test(number)) return number
  throw new Error(
    `No number can be made for lane index ${laneIndex} (0 to ${laneCount - 1}) at ${now.toISOString()} (years 0 to 9999).`,
  )
}

/**
 * The number of something that a command makes besides; `what` tells apart what one command makes. It is the same for the
 * same command and time, so that no chance is needed to decide.
 */
export function makeNumberFor(what: string, commandNo: string, laneIndex: number, now: Date): string {
  const digest = hash('sha256', `${commandNo} ${what}`, 'buffer').readUIntBE(0, 6)
  return makeNumber(laneIndex, now, () => digest % randomLimit)
}

/** The lane index (0 to 255) in one of our numbers; undefined for a text that cannot be one. */
export function laneIndexOfNumber(number: string): number | undefined {
  const laneIndex = shape.exec(number)?.[1]
  return laneIndex === undefined ? undefined : Number(laneIndex)
}

/** When the command was received that one of our numbers was given to; undefined for a text that cannot be one. */
export function timeOfNumber(number: string): Date | undefined {
  if (!shape.test(number)) return undefined
  const second = parseShanghaiCompact(number.slice(0, 14))
  return second && new Date(second.getTime() + Number(number.slice(14, 17)))
}

/** The same number in another lane: a redemption gets its number before its coupon's lane is known. */
export const withLaneIndex = (number: string, laneIndex: number): string =>
  number.slice(0, 17) + String(laneIndex).padStart(3, '0') + number.slice(20)
