import { z } from 'zod'
import type { WeekTime, Window } from './bodies.ts'
import { met, notMet, type Judgement } from './judgement.ts'
import { calendarAt, dayNumberOf, startOfDayNumber, weekDayOf } from '../../../time/periods.ts'
import type { RuleType } from './rule.ts'

const lastSecond = 86_399
const timesProblem = 'must be windows of 12 digits, HHmmssHHmmss, separated by commas'

export const weekTimeSchema = z
  .object({
    weekDay: z
      .string({ error: 'must be seven flags of 0 and 1' })
      .regex(/^[01]{7}$/, 'must be seven flags of 0 and 1')
      .meta({
        title: '指定日期',
        description: 'Seven flags from Sunday to Saturday: 1 allows the day, 0 does not.',
      }),
    times: z
      .string({ error: timesProblem })
      .regex(/^[0-9]{12}(?:,[0-9]{12})*$/, timesProblem)
      .refine(
        (given) => given.split(',').every((window) => readWindow(window) !== undefined),
        'has a time that does not exist',
      )
      .optional()
      .meta({
        title: '指定时间段',
        description:
          'Windows HHmmssHHmmss separated by commas, the end second included; a window over midnight belongs to the day on which it began. Absent: the whole day.',
      }),
  })
  .transform(({ weekDay, times }): WeekTime => ({
    kind: 'weekTime',
    days: Array.from(weekDay, (day) => day === '1'),
    windows:
      times === undefined ? [{ from: 0, to: lastSecond }] : times.split(',').map((window) => readWindow(window)!),
  }))

function readWindow(digits: string): Window | undefined {
  const from = readSecond(digits.slice(0, 6))
  const to = readSecond(digits.slice(6))
  return from === undefined || to === undefined ? undefined : { from, to }
}

function readSecond(digits: string): number | undefined {
  if (!/^(?:[01]\d|2[0-3])[0-5]\d[0-5]\d$/.test(digits)) return undefined
  return Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4))
}

/** Whether `at` (milliseconds) lies in a window of an allowed day. */
export function isOpen({ days, windows }: WeekTime, at: number): boolean {
  const { day } = calendarAt(at)
  const second = Math.floor((at - day.startsAt) / 1000)
  const weekDay = weekDayOf(day.number)
  const isToday = days[weekDay] === true
  const isYesterday = days[(weekDay + 6) % 7] === true
  for (const { from, to } of windows) {
    const hasBegun = isToday && second >= from
    if (from <= to ? hasBegun && second <= to : hasBegun || (isYesterday && second <= to)) return true
  }
  return false
}

/** The first instant after `at` that is open; null where no day is. For times that are closed themselves. */
export function nextOpening({ days, windows }: WeekTime, at: number): number | null {
  const today = dayNumberOf(at)
  const openings = Array.from({ length: 8 }, (_, ahead) => today + ahead)
    .filter((day) => days[weekDayOf(day)] === true)
    .flatMap((day) => windows.map(({ from }) => startOfDayNumber(day) + from * 1000))
    .filter((opening) => opening > at)
  return openings.length === 0 ? null : Math.min(...openings)
}

export const judgeWeekTime = (weekTime: WeekTime, at: number): Judgement =>
  isOpen(weekTime, at) ? met : notMet('the time is outside the days and windows allowed', nextOpening(weekTime, at))

/** 指定日限制: days of the week and windows of the day. */
export const weekTimeType: RuleType = {
  key: 'WeekTime',
  aliases: [],
  label: '指定日限制',
  description: 'Allows a request on some days of the week, and on those in some windows of the day.',
  needs: [],
  schema: weekTimeSchema,
  prepare: (value) => ({ body: value as WeekTime }),
  examples: [
    {
      title: 'Weekdays 9 to 12 and 22 to 2',
      value: { weekDay: '0111110', times: '090000120000,220000020000' },
      cases: [
        { at: '2026-11-23 08:59:59', facts: { scene: 'verify' }, expect: 'rejected', passesAt: '2026-11-23 09:00:00' },
        { at: '2026-11-23 12:00:00', facts: { scene: 'verify' }, expect: 'passed' },
        { at: '2026-11-23 12:00:01', facts: { scene: 'verify' }, expect: 'rejected', passesAt: '2026-11-23 22:00:00' },
        { at: '2026-11-28 02:00:00', facts: { scene: 'verify' }, expect: 'passed' },
        { at: '2026-11-28 09:30:00', facts: { scene: 'verify' }, expect: 'rejected', passesAt: '2026-11-30 09:00:00' },
        { at: '2026-11-30 01:00:00', facts: { scene: 'verify' }, expect: 'rejected', passesAt: '2026-11-30 09:00:00' },
      ],
    },
  ],
}
