import { expect, it } from 'vitest'
import { allBuckets, cutBefore, isBucketIn, keysOf } from '../../src/core/verify/buckets.ts'
import { inPages } from '../../src/core/verify/reader.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import {
  findCounterBehind,
  findOpenBehind,
  firstOpenPlace,
  readCounterSums,
  readOpenUses,
  type BucketRow,
  type OpenPlace,
} from '../../src/db/proof/uses.ts'
import { describeOnEachDatabase } from '../support/database.ts'

const hashes = ['A', 'B', '_', '-', 'z'].flatMap((first) => [1, 2, 3].map((i) => `${first}${'k'.repeat(20)}${i}`))
const keys = [
  ...hashes.flatMap((hash) => [`holder:template:T1:member:${hash}`, `holder:template:T1:member:${hash}:2026-06-10`]),
  ...['310000', '31', 'a:b', '~', '城', '市区', ' x', '622588*8888'].flatMap((key) => [
    `limit:1:Q:D20260610:${key}`,
    `limit:1:Q:T20260610000000:${key}`,
    `limit:12:A:D20260610:${key}`,
  ]),
]

/** The sums of buckets, whatever pages they came from. */
function sumByBucket(rows: readonly BucketRow[]): Map<string, string> {
  const sums = new Map<string, [number, number]>()
  for (const { bucket, amount, weight } of rows) {
    const [a, w] = sums.get(bucket) ?? [0, 0]
    sums.set(bucket, [a + amount, w + weight])
  }
  return new Map([...sums].map(([bucket, sum]) => [bucket, sum.join(' ')]))
}

describeOnEachDatabase('Pages of a proof', (database) => {
  it('hold each counter once, and ranges hold each bucket whole, however they are cut', async () => {
    const { sql } = database()
    await insertRows(
      sql,
      'counters',
      keys.map((key, i) => ({ key, used: i + 1 })),
    )
    for (const { from, until } of allBuckets) {
      const whole = await readCounterSums(sql, from, until)
      const paged = await inPages(
        from,
        async (key) => (await findCounterBehind(sql, key, until, 3))?.key,
        (begin, end) => readCounterSums(sql, begin, end ?? until),
      )
      expect(paged.length).toBeGreaterThanOrEqual(whole.length)
      expect(sumByBucket(paged)).toEqual(sumByBucket(whole))
      const ranged: BucketRow[] = []
      for (let begin = from; begin < until;) {
        const behind = await findCounterBehind(sql, begin, until, 4)
        const end = behind === undefined ? until : cutBefore(behind.bucket, begin)
        const rows = await readCounterSums(sql, begin, end)
        for (const { bucket } of rows) expect(isBucketIn({ from: begin, until: end }, bucket)).toBe(true)
        ranged.push(...rows)
        begin = end
      }
      expect(ranged.map(({ bucket }) => bucket).toSorted()).toEqual(whole.map(({ bucket }) => bucket).toSorted())
    }
  })

  it.each(keys)('find the counter %s among the keys of its bucket', async (key) => {
    const { sql } = database()
    await insertRows(sql, 'counters', [{ key, used: 1 }])
    const found = await findCounterBehind(sql, '', '\u{10FFFF}', 0)
    const { from, until } = keysOf(found!.bucket)
    expect(await readCounterSums(sql, from, until)).toMatchObject([{ bucket: found!.bucket, amount: 1 }])
  })

  it('hold each open supplier request once', async () => {
    const { sql } = database()
    const createdAt = [new Date('2026-06-10T00:00:00Z'), new Date('2026-06-11T00:00:00Z')]
    const open = Array.from({ length: 11 }, (_, i) => ({
      lane: i % 3,
      no: `R${i}`,
      kind: 'make',
      supplierId: 'S',
      orderNo: `O${i}`,
      uses: [['stock:x', i]],
      attempts: 0,
      state: i % 2 === 0 ? 'due' : 'unanswered',
      dueAt: i % 2 === 0 ? createdAt[0] : null,
      createdAt: createdAt[i % 2],
    }))
    await insertRows(sql, 'supplier_requests', open)
    const uses = await inPages<OpenPlace, { amount: number }>(
      firstOpenPlace,
      (place) => findOpenBehind(sql, place, 2),
      (from, until) => readOpenUses(sql, { from, until }, ['stock:x']),
    )
    expect(uses).toHaveLength(6)
    expect(uses.reduce((sum, { amount }) => sum + amount, 0)).toBe(55)
  })
})
