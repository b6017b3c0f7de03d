import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayOf } from '../../time/shanghai.ts'
import { lanes } from '../numbers/numbers.ts'
import { cutBefore, isBucketIn, isOver, keysOf, periodOf, differingSubjects, sumOf } from './buckets.ts'
import { confirm, type Difference } from './difference.ts'
import { daysBetween, isClosed, laneGroups, sliceOf, slicesBetween } from './slices.ts'

const difference = (subject: string): Difference => ({ check: 'c', subject, expected: '1', found: '2', words: '' })
const instants = fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })

describe('what differs', () => {
  it('counts when it is seen three times, and not when it passes', async () => {
    const readings = [
      ['a', 'b', 'c'],
      ['b', 'c'],
      ['a', 'c'],
    ].map((subjects) => subjects.map(difference))
    const confirmed = await confirm(async () => readings.shift()!, 0)
    expect(confirmed.map(({ subject }) => subject)).toEqual(['c'])
  })

  it('is not looked for again where there is nothing', async () => {
    let readings = 0
    const read = async (): Promise<Difference[]> => {
      readings += 1
      return []
    }
    await confirm(read, 60_000)
    expect(readings).toBe(1)
  })
})

describe('slices', () => {
  it('follow each other without a gap, each within its day', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 400_000_000 }), (from, length) => {
        const until = new Date(from.getTime() + length)
        const slices = slicesBetween(from, until)
        expect(slices[0]!.from).toEqual(from)
        expect(slices.at(-1)!.until).toEqual(until)
        slices.slice(1).forEach((slice, i) => expect(slice.from).toEqual(slices[i]!.until))
        for (const { day, until: end } of slices) expect(dayOf(new Date(end.getTime() - 1))).toBe(day)
      }),
    )
  })

  it('hold the numbers of what was received two minutes before its decision', () => {
    const { firstNo, endNo } = sliceOf(new Date('2026-06-09T16:00:00Z'), new Date('2026-06-10T16:00:00Z'))
    expect([firstNo, endNo]).toEqual(['20260609235800000', '20260611000100000'])
  })

  it('close an hour after their day', () => {
    expect(isClosed('2026-06-09', new Date('2026-06-09T17:00:00Z'))).toBe(false)
    expect(isClosed('2026-06-09', new Date('2026-06-09T17:00:00.001Z'))).toBe(true)
    expect(daysBetween('2026-02-27', '2026-03-01')).toEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
  })

  it('are read in groups that hold each lane once, whatever the traffic', () => {
    fc.assert(
      fc.property(fc.nat(1e9), (rows) => {
        expect(laneGroups(rows).flat()).toEqual([...lanes])
      }),
    )
    expect(laneGroups(0)).toHaveLength(1)
    expect(laneGroups(1e9)).toHaveLength(256)
  })
})

describe('buckets of counters', () => {
  it('are never cut by a range', () => {
    const bucket = 'holder:template:T1:member:K'
    expect(cutBefore(bucket, 'holder:')).toBe(bucket)
    expect(cutBefore(`${bucket} 2026-06-10`, 'holder:')).toBe(bucket)
    expect(cutBefore(bucket, bucket)).toBe('holder:template:T1:member:L')
    expect(cutBefore('limit:1:Q:D20260610:3', 'holder:')).toBe('limit:1:Q:D20260610:3')
    expect(keysOf('limit:1:Q:D20260610:~')).toEqual({ from: 'limit:1:Q:D20260610:~', until: 'limit:1:Q:D20260610;' })
  })

  it('lie in one range each', () => {
    const range = { from: 'holder:', until: 'holder:template:T1:member:L' }
    expect(isBucketIn(range, 'holder:template:T1:member:K')).toBe(true)
    expect(isBucketIn(range, 'holder:template:T1:member:K 2026-06-10')).toBe(true)
    expect(isBucketIn(range, 'holder:template:T1:member:L')).toBe(false)
    expect(isBucketIn({ from: 'holder:', until: 'limit;' }, 'limit:1:Q:T20200101000000: ')).toBe(true)
    expect(isBucketIn(range, '')).toBe(false)
  })

  it.each([
    ['holder:template:T1:member:K 2026-06-10', '2026-06-10', '2026-06-10'],
    ['limit:1:Q:D20261122:3', '2026-11-22', '2026-11-22'],
    ['limit:1:Q:W20261228:3', '2026-12-28', '2027-01-03'],
    ['limit:1:A:M202602:3', '2026-02-01', '2026-02-31'],
    ['limit:1:A:Y2026:3', '2026-01-01', '2026-12-31'],
  ])('count as long as their period lasts: %s', (bucket, first, last) => {
    expect(periodOf(bucket)).toEqual({ first, last })
    expect([isOver(bucket, last), isOver(bucket, `${last}x`)]).toEqual([false, true])
  })

  it.each(['holder:template:T1:member:K', 'limit:1:Q:T20200101000000:3', 'stock:template:D20260101', ''])(
    'without a period are never over: %s',
    (bucket) => {
      expect(isOver(bucket, '9999-01-01')).toBe(false)
    },
  )
})

describe('sums', () => {
  it('are the same where what is missing is nothing', () => {
    const rows = [
      { subject: 'a', amount: 1, weight: 5 },
      { subject: 'a', amount: -1, weight: -5 },
      { subject: 'b', amount: 1, weight: 1 },
    ]
    expect(differingSubjects(sumOf(rows), new Map())).toEqual(['b'])
  })
})
