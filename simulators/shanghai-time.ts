const shanghaiOffsetMilliseconds = 8 * 60 * 60 * 1000

const shanghaiIso = (time: Date): string => new Date(time.getTime() + shanghaiOffsetMilliseconds).toISOString()

/** The fourteen digits yyyyMMddHHmmss in Asia/Shanghai, as both partners write their request times (no summer time there since 1991). */
export const toShanghaiDigits = (time: Date): string => shanghaiIso(time).replace(/\D/g, '').slice(0, 14)

/** `yyyy-MM-ddTHH:mm:ss+08:00`, as WeChat Pay writes times (RFC 3339). */
export const toShanghaiRfc3339 = (time: Date): string => `${shanghaiIso(time).slice(0, 19)}+08:00`
