import { shanghaiOffsetMilliseconds, formatShanghaiCompact } from './shanghai.ts'

/** The periods of a limit. Days, weeks (from Monday), months and years are those of Asia/Shanghai. */
export type PeriodKind = 'day' | 'week' | 'month' | 'year' | 'total'

export type CalendarPeriodKind = Exclude<PeriodKind, 'total'>

/**
 * One day, week, month or year. `number` counts the periods of a kind without gaps, `label` is its name in a counter's
 * key; the times are milliseconds, the end exclusive.
 */
type Period = { number: number; label: string; startsAt: number; endsAt: number }

type Calendar = Record<CalendarPeriodKind, Period>

export const calendarPeriodKinds = ['day', 'week', 'month', 'year'] as const

export const timeZone = 'Asia/Shanghai'

const dayMilliseconds = 24 * 3_600_000

/** The days since 1 January 1970 in Asia/Shanghai. */
export const dayNumberOf = (at: number): number => Math.floor((at + shanghaiOffsetMilliseconds) / dayMilliseconds)

export const startOfDayNumber = (day: number): number => day * dayMilliseconds - shanghaiOffsetMilliseconds

/** 0 is Sunday. The first day of 1970 was a Thursday. */
export const weekDayOf = (day: number): number => (((day + 4) % 7) + 7) % 7

/** The number of the period in which `at` lies. */
export function periodNumberOf(kind: CalendarPeriodKind, at: number): number {
  const day = dayNumberOf(at)
  if (kind === 'day') return day
  if (kind === 'week') return Math.floor((day + 3) / 7)
  const local = new Date(day * dayMilliseconds)
  return kind === 'year' ? local.getUTCFullYear() : local.getUTCFullYear() * 12 + local.getUTCMonth()
}

/** The first instant of a period, in milliseconds. */
export function startOfPeriod(kind: CalendarPeriodKind, number: number): number {
  if (kind === 'day') return startOfDayNumber(number)
  if (kind === 'week') return startOfDayNumber(number * 7 - 3)
  const [year, month] = kind === 'year' ? [number, 0] : [Math.floor(number / 12), number % 12]
  return Date.UTC(year, month, 1) - shanghaiOffsetMilliseconds
}

const labelOf: Record<CalendarPeriodKind, (local: string) => string> = {
  day: (local) => `D${local}`,
  week: (local) => `W${local}`,
  month: (local) => `M${local.slice(0, 6)}`,
  year: (local) => `Y${local.slice(0, 4)}`,
}

function periodAt(kind: CalendarPeriodKind, at: number): Period {
  const number = periodNumberOf(kind, at)
  const startsAt = startOfPeriod(kind, number)
  return {
    number,
    label: labelOf[kind](formatShanghaiCompact(new Date(startsAt)).slice(0, 8)),
    startsAt,
    endsAt: startOfPeriod(kind, number + 1),
  }
}

// The calendar of a day is the same for all its requests: the last one is kept, since it is asked for at every decision.
let lastCalendar: Calendar | undefined

/** The day, week, month and year in which `at` (milliseconds) lies. */
export function calendarAt(at: number): Calendar {
  if (lastCalendar !== undefined && at >= lastCalendar.day.startsAt && at < lastCalendar.day.endsAt) return lastCalendar
  lastCalendar = {
    day: periodAt('day', at),
    week: periodAt('week', at),
    month: periodAt('month', at),
    year: periodAt('year', at),
  }
  return lastCalendar
}

/** With rollover: what may be used from the start to the end of the current period, the maxima of all begun periods. */
export const allowanceSince = (startNumber: number, currentNumber: number, max: number): number =>
  Math.max(0, currentNumber - startNumber + 1) * max

/** With rollover: the first period of the kind by whose beginning `wanted` in all is allowed. */
export const firstPeriodAllowing = (startNumber: number, wanted: number, max: number): number =>
  startNumber + Math.max(1, Math.ceil(wanted / max)) - 1
