// Shanghai has been eight hours ahead of UTC all year round since 1991, so that its days need no time zone data.
export const shanghaiOffsetMilliseconds = 8 * 3600 * 1000

/** The day in Asia/Shanghai, yyyy-MM-dd. Business days are Shanghai's everywhere in the hub (eight hours ahead of UTC, all year round). */
export const dayOf = (at: Date): string =>
  new Date(at.getTime() + shanghaiOffsetMilliseconds).toISOString().slice(0, 10)

/** The instant at which a day in Asia/Shanghai begins. */
export const startOfDay = (day: string): Date => new Date(`${day}T00:00:00+08:00`)

/** The first instant after the day in which `at` lies. */
export const endOfDay = (at: Date): Date => new Date(startOfDay(dayOf(at)).getTime() + 24 * 3600 * 1000)
