import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  formatShanghaiCompact,
  formatShanghaiDateTime,
  parseRfc3339,
  parseShanghaiCompact,
  parseShanghaiDateTime,
  dayOf,
  endOfDay,
  startOfDay,
} from './shanghai.ts'
import { dayNumberOf, startOfDayNumber } from './periods.ts'

const date = fc.date({
  min: new Date('1992-01-01T00:00:00Z'),
  max: new Date('9999-12-01T00:00:00Z'),
  noInvalidDate: true,
})
const days = fc.integer({ min: -36_500, max: 36_500 })
const startOf = (given: Date): Date => startOfDay(dayOf(given))
const addDays = (given: Date, count: number): Date => {
  const day = dayNumberOf(given.getTime())
  return new Date(given.getTime() - startOfDayNumber(day) + startOfDayNumber(day + count))
}
const wholeSecond = (given: Date) => new Date(Math.floor(given.getTime() / 1000) * 1000)

describe('the local formats', () => {
  it('are eight hours ahead of UTC', () => {
    const given = new Date('2026-02-28T16:00:05.999Z')
    expect(formatShanghaiCompact(given)).toBe('20260301000005')
    expect(formatShanghaiDateTime(given)).toBe('2026-03-01 00:00:05')
    expect(dayOf(given)).toBe('2026-03-01')
    expect(dayOf(new Date('2026-02-28T15:59:59.999Z'))).toBe('2026-02-28')
  })

  it('agree with the time zone data of Asia/Shanghai from 1992 on', () => {
    const zone = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Asia/Shanghai',
      dateStyle: 'short',
      timeStyle: 'medium',
    })
    fc.assert(
      fc.property(date, (given) => {
        expect(formatShanghaiDateTime(given)).toBe(zone.format(given))
      }),
    )
  })

  it('come back as the same second', () => {
    fc.assert(
      fc.property(date, (given) => {
        expect(parseShanghaiCompact(formatShanghaiCompact(given))).toEqual(wholeSecond(given))
        expect(parseShanghaiDateTime(formatShanghaiDateTime(given))).toEqual(wholeSecond(given))
      }),
    )
  })

  it('are not written for what is no date or has no four digits of year', () => {
    for (const given of [new Date(Number.NaN), new Date('+010000-01-01T00:00:00Z'), new Date('0050-01-01T00:00:00Z')]) {
      expect(() => formatShanghaiCompact(given)).toThrow(RangeError)
      expect(() => formatShanghaiDateTime(given)).toThrow(RangeError)
    }
  })
})

describe('parseShanghaiCompact', () => {
  it("reads the document's example", () => {
    expect(parseShanghaiCompact('20211120154500')).toEqual(new Date('2021-11-20T07:45:00Z'))
  })

  it('knows leap years', () => {
    for (const day of ['20240229', '20000229']) expect(parseShanghaiCompact(`${day}000000`)).toBeInstanceOf(Date)
    for (const day of ['20230229', '21000229']) expect(parseShanghaiCompact(`${day}000000`)).toBeUndefined()
  })

  test.each([
    '',
    '2026',
    '20260230000000',
    '20260431000000',
    '20260001000000',
    '20261301000000',
    '20260100000000',
    '20260132000000',
    '20260101240000',
    '20260101006000',
    '20260101000060',
    '00000101000000',
    '00990101000000',
    '2026010100000',
    '202601010000000',
    '20260101000000\n',
    ' 20260101000000',
    '2026-01-01 00:00:00',
    '2026010100000a',
    '+2260101000000',
    '２０２６０１０１００００００',
    '1e130000000000',
  ])('refuses %j', (text) => {
    expect(parseShanghaiCompact(text)).toBeUndefined()
  })
})

describe('parseShanghaiDateTime', () => {
  it("reads the document's example", () => {
    expect(parseShanghaiDateTime('2021-12-03 10:30:00')).toEqual(new Date('2021-12-03T02:30:00Z'))
  })

  test.each([
    '',
    '20211203103000',
    '2021-12-03T10:30:00',
    '2021-12-03 10:30',
    '2021-12-03  10:30:00',
    '2021-12-03 10:30:00Z',
    '2021-12-03 10:30:00\n',
    '2021/12/03 10:30:00',
    '2021-2-3 10:30:00',
    '2021-02-29 10:30:00',
    '2021-12-03 24:00:00',
    '2021-12-03 23:59:60',
  ])('refuses %j', (text) => {
    expect(parseShanghaiDateTime(text)).toBeUndefined()
  })
})

describe('days in Shanghai', () => {
  it('begin at 16:00 UTC', () => {
    const given = new Date('2026-05-01T15:59:59.999Z')
    expect(startOf(given)).toEqual(new Date('2026-04-30T16:00:00Z'))
    expect(endOfDay(given)).toEqual(new Date('2026-05-01T16:00:00Z'))
    expect(startOf(endOfDay(given))).toEqual(endOfDay(given))
  })

  it('contain every one of their instants, and the end belongs to the next', () => {
    fc.assert(
      fc.property(date, (given) => {
        const start = startOf(given)
        const end = endOfDay(given)
        expect(start <= given && given < end).toBe(true)
        expect(formatShanghaiDateTime(start)).toBe(`${dayOf(given)} 00:00:00`)
        expect(dayOf(new Date(end.getTime() - 1))).toBe(dayOf(given))
      }),
    )
  })

  it('are added and taken away again', () => {
    expect(dayOf(addDays(new Date('2024-02-28T16:00:00Z'), 1))).toBe('2024-03-01')
    fc.assert(
      fc.property(date, days, (given, count) => {
        fc.pre(addDays(given, count).getTime() < Date.parse('9999-12-31T00:00:00Z'))
        const moved = addDays(given, count)
        expect(addDays(moved, -count)).toEqual(given)
        expect(startOf(moved)).toEqual(addDays(startOf(given), count))
      }),
    )
  })
})

describe('parseRfc3339', () => {
  test.each([
    ['2015-05-20T13:29:35+08:00', '2015-05-20T05:29:35.000Z'],
    ['2015-05-20T13:29:35.120+08:00', '2015-05-20T05:29:35.120Z'],
    ['2015-05-20T13:29:35Z', '2015-05-20T13:29:35.000Z'],
    ['2016-02-29T00:00:00-05:30', '2016-02-29T05:30:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(parseRfc3339(text)?.toISOString()).toBe(expected)
  })

  test.each([
    '2015-05-20 13:29:35',
    '2015-05-20T13:29:35',
    '2015-05-20T13:29+08:00',
    '2015-02-29T13:29:35+08:00',
    '2015-05-20T24:00:00+08:00',
    '2015-05-20T13:29:35+25:00',
    '2015-05-20T13:29:35+0800',
    ' 2015-05-20T13:29:35+08:00',
    '',
  ])('refuses %j', (text) => {
    expect(parseRfc3339(text)).toBeUndefined()
  })
})
