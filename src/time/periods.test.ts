import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allowanceSince,
  calendarAt,
  calendarPeriodKinds,
  firstPeriodAllowing,
  periodNumberOf,
  startOfPeriod,
} from './periods.ts'
import { formatShanghaiCompact } from './shanghai.ts'

const at = (local: string) => Date.parse(`${local.replace(' ', 'T')}+08:00`)
const moments = fc.integer({ min: at('2000-01-01 00:00:00'), max: at('2100-01-01 00:00:00') })
const zone = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' })

describe('the calendar', () => {
  it.each([
    ['2026-02-28 23:59:59', 'D20260228 W20260223 M202602 Y2026'],
    ['2026-03-01 00:00:00', 'D20260301 W20260223 M202603 Y2026'],
    ['2028-02-29 12:00:00', 'D20280229 W20280228 M202802 Y2028'],
    ['2026-12-31 23:59:59', 'D20261231 W20261228 M202612 Y2026'],
    ['2027-01-01 00:00:00', 'D20270101 W20261228 M202701 Y2027'],
    ['2026-11-22 23:59:59', 'D20261122 W20261116 M202611 Y2026'],
    ['2026-11-23 00:00:00', 'D20261123 W20261123 M202611 Y2026'],
  ])('at %s names %s', (local, labels) => {
    const calendar = calendarAt(at(local))
    expect(calendarPeriodKinds.map((kind) => calendar[kind].label).join(' ')).toBe(labels)
  })

  it('has periods that follow one another without gaps and hold the time asked for', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...calendarPeriodKinds), (moment, kind) => {
        const { number, startsAt, endsAt } = calendarAt(moment)[kind]
        expect(startsAt <= moment && moment < endsAt).toBe(true)
        expect(periodNumberOf(kind, endsAt)).toBe(number + 1)
        expect(periodNumberOf(kind, startsAt - 1)).toBe(number - 1)
        expect(startOfPeriod(kind, number)).toBe(startsAt)
      }),
    )
  })

  it('is that of Asia/Shanghai', () => {
    fc.assert(
      fc.property(moments, (moment) => {
        expect(formatShanghaiCompact(new Date(moment))).toBe(zone.format(moment).replace(/\D/g, ''))
      }),
    )
  })
})

describe('rollover', () => {
  it('allows a maximum for every period that has begun', () => {
    expect(allowanceSince(10, 10, 3)).toBe(3)
    expect(allowanceSince(10, 12, 3)).toBe(9)
    expect(allowanceSince(10, 9, 3)).toBe(0)
  })

  it('names the first period in which so much is allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 50 }), (wanted, max) => {
        const number = firstPeriodAllowing(10, wanted, max)
        expect(allowanceSince(10, number, max)).toBeGreaterThanOrEqual(wanted)
        expect(number === 10 || allowanceSince(10, number - 1, max) < wanted).toBe(true)
      }),
    )
  })
})
