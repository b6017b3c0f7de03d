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
