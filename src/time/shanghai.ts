// Partners write times in China's local time without saying so.

/** `yyyyMMddHHmmss` in Asia/Shanghai. Throws a RangeError outside the years 100 to 9999. */
export function formatShanghaiCompact(date: Date): string {
  const { year, month, day, hour, minute, second } = partsOf(date)
  return year + month + day + hour + minute + second
}

/** `yyyy-MM-dd HH:mm:ss` in Asia/Shanghai. Throws a RangeError outside the years 100 to 9999. */
export function formatShanghaiDateTime(date: Date): string {
  const { year, month, day, hour, minute, second } = partsOf(date)
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`
}

/** Reads `yyyyMMddHHmmss`. Undefined for any other form and for days and times that do not exist. */
export function parseShanghaiCompact(text: string): Date | undefined {
  if (!/^[0-9]{14}$/.test(text)) return undefined
  const part = (start: number, end: number): number => Number(text.slice(start, end))
  const local = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14))
  const date = new Date(local - shanghaiOffsetMilliseconds)
  // Date.UTC rolls the 30th of February over into March, and takes year 99 for 1999; what is written back shows it.
  return isWritable(date) && formatShanghaiCompact(date) === text ? date : undefined
}

/** Reads `yyyy-MM-dd HH:mm:ss`. Undefined for any other form and for days and times that do not exist. */
export function parseShanghaiDateTime(text: string): Date | undefined {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$/.test(text)) return undefined
  return parseShanghaiCompact(text.replace(/[-: ]/g, ''))
}

/**
 * Reads `yyyy-MM-ddTHH:mm:ss+08:00` (RFC 3339), with or without a fraction of a second, and with any offset or `Z`.
 * Undefined for any other form and for days and times that do not exist.
 */
export function parseRfc3339(text: string): Date | undefined {
  const form = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/
  const [, day = '', time = ''] = form.exec(text) ?? []
  if (parseShanghaiDateTime(`${day} ${time}`) === undefined) return undefined
  const date = new Date(text)
  return isWritable(date) ? date : undefined
}

function partsOf(date: Date) {
  if (!isWritable(date)) throw new RangeError('The date is invalid or outside the years 100 to 9999.')
  const local = new Date(date.getTime() + shanghaiOffsetMilliseconds)
  return {
    year: String(local.getUTCFullYear()).padStart(4, '0'),
    month: twoDigits(local.getUTCMonth() + 1),
    day: twoDigits(local.getUTCDate()),
    hour: twoDigits(local.getUTCHours()),
    minute: twoDigits(local.getUTCMinutes()),
    second: twoDigits(local.getUTCSeconds()),
  }
}

const firstWritable = Date.parse('0100-01-01T00:00:00+08:00')
const lastWritable = Date.parse('9999-12-31T23:59:59.999+08:00')

function isWritable(date: Date): boolean {
  return date.getTime() >= firstWritable && date.getTime() <= lastWritable
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

// Shanghai has been at +08:00 all year round since its last summer time ended in September 1991, and no date of a coupon lies
// before that: a fixed offset is exact here, and needs no time zone data in the hot path.
export const shanghaiOffsetMilliseconds = 8 * 3600 * 1000

/** What a clock in Shanghai shows, `yyyy-MM-ddTHH:mm:ss.SSSZ`: the Z is not meant. */
export const localTime = (at: Date): string => new Date(at.getTime() + shanghaiOffsetMilliseconds).toISOString()

/** The day in Asia/Shanghai, yyyy-MM-dd. Business days are Shanghai's everywhere in the hub. */
export const dayOf = (at: Date): string => localTime(at).slice(0, 10)

/** The instant at which a day in Asia/Shanghai begins. */
export const startOfDay = (day: string): Date => new Date(`${day}T00:00:00+08:00`)

/** The first instant after the day in which `at` lies. */
export const endOfDay = (at: Date): Date => new Date(startOfDay(dayOf(at)).getTime() + 24 * 3600 * 1000)
