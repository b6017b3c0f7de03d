import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at } from '../../../../test/support/rules.ts'
import { isOpen, nextOpening, weekTimeSchema } from './week-time.ts'

const read = (weekDay: string, times?: string) =>
  weekTimeSchema.parse(times === undefined ? { weekDay } : { weekDay, times })
const isOpenAt = (local: string, weekDay: string, times?: string) => isOpen(read(weekDay, times), at(local).getTime())

const second = fc.integer({ min: 0, max: 86_399 })
const digits = (given: number) =>
  [Math.floor(given / 3600), Math.floor(given / 60) % 60, given % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join('')
const windows = fc
  .array(fc.tuple(second, second), { minLength: 1, maxLength: 4 })
  .map((pairs) => pairs.map(([from, to]) => digits(from) + digits(to)).join(','))
const weekDays = fc.array(fc.constantFrom('0', '1'), { minLength: 7, maxLength: 7 }).map((days) => days.join(''))
const moments = fc.integer({
  min: at('2026-01-01 00:00:00').getTime() / 1000,
  max: at('2029-01-01 00:00:00').getTime() / 1000,
})

describe('WeekTime', () => {
  it('counts the days from Sunday', () => {
    expect(isOpenAt('2026-11-22 10:00:00', '1000000')).toBe(true)
    expect(isOpenAt('2026-11-23 10:00:00', '1000000')).toBe(false)
    expect(isOpenAt('2026-11-28 10:00:00', '0000001')).toBe(true)
  })

  it('includes the end second, and not the one behind it', () => {
    expect(isOpenAt('2026-11-23 12:00:00', '0111110', '090000120000')).toBe(true)
    expect(isOpenAt('2026-11-23 12:00:01', '0111110', '090000120000')).toBe(false)
    expect(isOpenAt('2026-11-23 23:59:59', '0111110', '220000235959')).toBe(true)
  })

  it('takes a window over midnight for the day on which it began', () => {
    expect(isOpenAt('2026-11-28 01:59:59', '0111110', '220000020000')).toBe(true)
    expect(isOpenAt('2026-11-28 22:00:00', '0111110', '220000020000')).toBe(false)
    expect(isOpenAt('2026-11-23 01:59:59', '0111110', '220000020000')).toBe(false)
  })

  it('says when it opens next: then it is open, and closed the second before', () => {
    fc.assert(
      fc.property(weekDays, windows, moments, (days, times, moment) => {
        const weekTime = read(days, times)
        fc.pre(!isOpen(weekTime, moment * 1000))
        const opening = nextOpening(weekTime, moment * 1000)
        expect(opening === null).toBe(days === '0000000')
        if (opening === null) return
        expect(isOpen(weekTime, opening)).toBe(true)
        expect(isOpen(weekTime, opening - 1000)).toBe(false)
      }),
    )
  })

  it.each([
    [{ weekDay: '111111' }],
    [{ weekDay: '1111112' }],
    [{ weekDay: 1_111_111 }],
    [{ weekDay: '1111111', times: '0900001200' }],
    [{ weekDay: '1111111', times: '090000240000' }],
    [{ weekDay: '1111111', times: '090000126000' }],
    [{ weekDay: '1111111', times: '090000120000,' }],
  ])('refuses %j', (value) => {
    expect(weekTimeSchema.safeParse(value).success).toBe(false)
  })
})
