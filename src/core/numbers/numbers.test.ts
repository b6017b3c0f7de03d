import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashBucketOf, hashint4, laneAt, laneIndexOf, laneOf, lanes, laneIndexOfNumber, makeNumber } from './numbers.ts'

// As PostgreSQL 15.18 answers: select min(n) … group by (hashint4(n)::bigint + 2147483648) >> 24, in the order of groups.
const lanesByPostgres = [
  354, 298, 60, 146, 443, 8, 132, 20, 230, 303, 259, 82, 118, 205, 1, 15, 291, 155, 344, 31, 119, 88, 311, 458, 412,
  148, 79, 94, 26, 33, 340, 24, 520, 35, 157, 10, 115, 129, 598, 92, 104, 198, 579, 48, 109, 234, 466, 516, 5, 53, 208,
  652, 290, 323, 928, 112, 196, 50, 77, 200, 166, 178, 504, 632, 61, 912, 93, 4, 141, 7, 215, 228, 368, 17, 416, 51,
  729, 172, 689, 287, 133, 162, 16, 187, 111, 295, 747, 96, 564, 269, 170, 492, 217, 324, 375, 85, 302, 36, 202, 191,
  89, 1487, 271, 619, 110, 174, 453, 19, 106, 55, 64, 0, 37, 40, 262, 65, 45, 633, 264, 103, 656, 158, 101, 261, 117,
  121, 3, 439, 161, 293, 232, 113, 406, 366, 57, 52, 160, 62, 501, 353, 99, 422, 480, 367, 522, 165, 731, 136, 525, 168,
  645, 509, 102, 357, 413, 46, 140, 28, 186, 154, 86, 6, 73, 192, 144, 66, 71, 356, 1512, 335, 70, 184, 21, 278, 477,
  34, 749, 83, 194, 124, 49, 265, 39, 574, 43, 56, 167, 249, 454, 371, 126, 13, 387, 47, 308, 2, 426, 382, 388, 351,
  349, 27, 199, 846, 95, 300, 114, 552, 1101, 333, 134, 58, 314, 149, 481, 1004, 307, 41, 490, 219, 224, 631, 179, 185,
  479, 131, 30, 9, 116, 80, 81, 90, 59, 515, 72, 128, 260, 190, 22, 233, 381, 29, 517, 12, 275, 78, 195, 11, 67, 726,
  169, 44, 240, 107, 75, 18,
]

describe('the 256 lanes', () => {
  test('hash as PostgreSQL hashes', () => {
    const byPostgres: [number, number][] = [
      [0, -272711505],
      [1, -1905060026],
      [2, 1134484726],
      [3, -28094569],
      [42, 1509752520],
      [255, -1811739487],
      [256, 1851357687],
      [65_535, 800703781],
      [1_000_000, -723906379],
      [2_147_483_647, -96758253],
      [-1, 385747274],
      [-2_147_483_648, -1524351049],
    ]
    for (const [integer, hash] of byPostgres) expect(hashint4(integer)).toBe(hash)
  })

  test('are for ever these', () => {
    expect(lanes).toEqual(lanesByPostgres)
  })

  test('are each the smallest integer of its 256th of the hash range', () => {
    const buckets = Array.from({ length: Math.max(...lanes) + 1 }, (_, integer) => hashBucketOf(integer))
    expect(lanes).toEqual(Array.from({ length: 256 }, (_, bucket) => buckets.indexOf(bucket)))
  })

  test('spread evenly over 32, 64, 128 and 256 shards of the hash range', () => {
    for (const shardCount of [32, 64, 128, 256]) {
      const perShard = Array.from({ length: shardCount }, () => 0)
      const shardSize = 2 ** 32 / shardCount
      for (const lane of lanes) perShard[Math.floor((hashint4(lane) + 2 ** 31) / shardSize)]! += 1
      expect(new Set(perShard)).toEqual(new Set([256 / shardCount]))
    }
  })
})

test('a lane and its index lead to one another, and nothing else passes for either', () => {
  expect(lanes.map(laneIndexOf)).toEqual(lanes.map((_, index) => index))
  expect(lanes.map((_, index) => laneAt(index))).toEqual(lanes)
  for (const index of [-1, 256, 0.5, Number.NaN]) expect(() => laneAt(index)).toThrow('from 0 to 255')
  const noLane = 14
  expect(() => laneIndexOf(noLane)).toThrow('no lane 14')
})

describe('the lane of an external number', () => {
  test('never changes between releases', () => {
    // printf 20261122000001 | sha256sum begins with ec; of the empty text with e3.
    expect(laneOf('20261122000001')).toBe(laneAt(0xec))
    expect(laneOf('')).toBe(laneAt(0xe3))
  })

  test('is always one of the lanes', () => {
    fc.assert(fc.property(fc.string(), (externalNo) => lanes.includes(laneOf(externalNo))))
  })

  test('spreads running numbers', () => {
    const counts = new Map<number, number>()
    for (let running = 0; running < 25_600; running++) {
      const lane = laneOf(`20261122${running}`)
      counts.set(lane, (counts.get(lane) ?? 0) + 1)
    }
    expect(counts.size).toBe(256)
    expect(Math.max(...counts.values())).toBeLessThan(150)
  })
})

const laneIndexes = fc.integer({ min: 0, max: 255 })
const moments = fc.date({ min: new Date('2000-01-01Z'), max: new Date('9999-01-01Z'), noInvalidDate: true })

describe('a number of ours', () => {
  test('is the time in Shanghai, the lane index and twelve random digits', () => {
    const now = new Date('2026-12-31T16:00:00.007Z')
    expect(makeNumber(9, now, () => 123)).toBe('20270101000000007009000000000123')
  })

  test('has 32 digits and tells its lane index', () => {
    fc.assert(
      fc.property(laneIndexes, moments, (laneIndex, now) => {
        const number = makeNumber(laneIndex, now)
        expect(number).toMatch(/^\d{32}$/)
        expect(laneIndexOfNumber(number)).toBe(laneIndex)
      }),
    )
  })

  test('sorts by the time when it was made', () => {
    fc.assert(
      fc.property(laneIndexes, laneIndexes, moments, moments, (one, other, before, after) => {
        fc.pre(before < after)
        expect(makeNumber(one, before) < makeNumber(other, after)).toBe(true)
      }),
    )
  })

  test('differs from the others of its millisecond and lane', () => {
    const now = new Date('2026-11-22T13:00:00Z')
    const numbers = Array.from({ length: 10_000 }, () => makeNumber(255, now))
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test('is not made for a lane index or a year that would break its shape', () => {
    const now = new Date('2026-11-22T13:00:00Z')
    for (const laneIndex of [-1, 256, 1000, 1.5, Number.NaN]) {
      expect(() => makeNumber(laneIndex, now)).toThrow('0 to 255')
    }
    expect(() => makeNumber(0, new Date('+010000-01-01T00:00:00Z'))).toThrow('years 0 to 9999')
  })
})

test('a text that cannot be a number of ours has no lane index', () => {
  const number = '20261122211437123255000000000123'
  expect(laneIndexOfNumber(number)).toBe(255)
  const others = [
    '',
    number.slice(1),
    `${number}0`,
    ` ${number.slice(1)}`,
    `${number.slice(0, 31)}x`,
    `${number.slice(0, 17)}256${number.slice(20)}`,
    `2026132${number.slice(7)}`,
    `20261132${number.slice(8)}`,
    `2026112224${number.slice(10)}`,
    `${number}\n`,
    number.replace('1', '١'),
  ]
  for (const other of others) expect(laneIndexOfNumber(other)).toBeUndefined()
})
