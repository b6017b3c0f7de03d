const shanghaiOffsetMilliseconds = 8 * 60 * 60 * 1000

/** The fourteen digits yyyyMMddHHmmss in Asia/Shanghai, as both partners write their request times (no summer time there since 1991). */
export const toShanghaiDigits = (time: Date): string =>
  new Date(time.getTime() + shanghaiOffsetMilliseconds).toISOString().replace(/\D/g, '').slice(0, 14)
