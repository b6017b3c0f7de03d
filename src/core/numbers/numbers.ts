import { hash, randomInt } from 'node:crypto'
import { localTime, parseShanghaiCompact } from '../../time/shanghai.ts'

// These numbers are for ever. Every row of every order, coupon, redemption and notification carries its lane, the
// order numbers that partners keep contain the lane's index, and a coupon's code is computed from it: another list
// would leave all of them unfindable. The list below therefore follows from PostgreSQL's hash function alone.
//
// Why not simply 0 … 255: Citus cuts the range of PostgreSQL's hashint4 into 32, 64, 128 or 256 equal shards and puts a
// row where its lane's hash falls. The hashes of 0 … 255 fall as they like: the fullest of 64 shards would hold three
// times the mean. So lane number i is the smallest integer whose hash falls into the i-th 256th of the range: each
// shard gets the same number of lanes, for each of these shard counts.

/** The number of a lane as the database keys rows by it: one of `lanes`, not an index. Fits a smallint. */
type Lane = number

export const laneCount = 256

/** The lane numbers by index: `lanes[i]` falls into the i-th 256th of the hash range, counted from its lowest hash. */
export const lanes: readonly Lane[] = findLanes()

const indexes: ReadonlyMap<Lane, number> = new Map(lanes.map((lane, index) => [lane, index]))

/**
 * The lane of an order, by its external number alone: a query by that number has nothing else to go by. (The first
 * byte of SHA-256: the same in every process and every language, and partners' running numbers spread evenly.)
 */
export function laneOf(externalNo: string): Lane {
  return laneAt(hash('sha256', externalNo, 'buffer')[0]!)
}

/** The lane with an index from 0 to 255; an Error for any other index. */
export function laneAt(index: number): Lane {
  const lane = lanes[index]
  if (lane === undefined) throw new Error(`The index of a lane is an integer from 0 to ${laneCount - 1}, not ${index}.`)
  return lane
}

/** The index (0 to 255) of a lane number; an Error for a number that is no lane. */
export function laneIndexOf(lane: Lane): number {
  const index = indexes.get(lane)
  if (index === undefined) throw new Error(`There is no lane ${lane}.`)
  return index
}

/** Which of the 256 equal parts of the signed 32-bit range PostgreSQL's hash of an integer falls into, lowest first. */
export function hashBucketOf(integer: number): number {
  return (hashint4(integer) >> 24) + laneCount / 2
}

/** PostgreSQL's hashint4: `hash_bytes_uint32` of src/common/hashfn.c, the final mix of Bob Jenkins' lookup3. */
export function hashint4(integer: number): number {
  const seed = (0x9e3779b9 + 4 + 3923095) | 0
  return finalMix((seed + integer) | 0, seed, seed)
}

function finalMix(a: number, b: number, c: number): number {
  c = ((c ^ b) - rotateLeft(b, 14)) | 0
  a = ((a ^ c) - rotateLeft(c, 11)) | 0
  b = ((b ^ a) - rotateLeft(a, 25)) | 0
  c = ((c ^ b) - rotateLeft(b, 16)) | 0
  a = ((a ^ c) - rotateLeft(c, 4)) | 0
  b = ((b ^ a) - rotateLeft(a, 14)) | 0
  return ((c ^ b) - rotateLeft(b, 24)) | 0
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function findLanes(): Lane[] {
  const found = new Map<number, Lane>()
  for (let integer = 0; found.size < laneCount; integer++) {
    const bucket = hashBucketOf(integer)
    if (!found.has(bucket)) found.set(bucket, integer)
  }
  return Array.from({ length: laneCount }, (_, bucket) => found.get(bucket)!)
}

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
