import type { CouponRow, Use } from '../../db/coupons.ts'
import { totalNames, type DailyTotalRow, type TotalName } from '../../db/daily-totals.ts'
import { dayOf } from '../../time/shanghai.ts'

/** What one change adds to the totals of its template, activity and channel. */
export type TotalChange = { templateId: string; activityId: string; channelId: string } & Partial<
  Record<TotalName, number>
>

/** Adds up a batch: one row for each template, activity and channel on the day of `now` (Asia/Shanghai). */
export function sumTotals(changes: TotalChange[], now: Date): DailyTotalRow[] {
  const day = dayOf(now)
  const rows = new Map<string, DailyTotalRow>()
  for (const change of changes) {
    const { templateId, activityId, channelId } = change
    const key = `${templateId} ${activityId} ${channelId}`
    const row = rows.get(key) ?? { templateId, day, activityId, channelId, ...zeros }
    for (const name of totalNames) row[name] += change[name] ?? 0
    rows.set(key, row)
  }
  return [...rows.values()]
}

const zeros = Object.fromEntries(totalNames.map((name) => [name, 0])) as Record<TotalName, number>

/** What a coupon, or a redemption of one, adds. */
export const totalOf = (
  { templateId, activityId, channelId }: Pick<CouponRow, 'templateId' | 'activityId' | 'channelId'>,
  counted: Partial<Record<TotalName, number>>,
): TotalChange => ({ templateId, activityId, channelId, ...counted })

/** What was taken from counters, less what was given back, added up by counter. */
export function sumUses(taken: readonly Use[], givenBack: readonly Use[] = []): Map<string, number> {
  const sums = new Map<string, number>()
  const add = (key: string, amount: number): void => void sums.set(key, (sums.get(key) ?? 0) + amount)
  for (const [key, amount] of taken) add(key, amount)
  for (const [key, amount] of givenBack) add(key, -amount)
  return sums
}

/**
 * Remembers that a counter was full, for at most a second: what is given back must be seen soon, but a sold-out
 * template must not cost a row lock for every request that hears so.
 */
export type FullCounters = {
  remember: (key: string, now: Date) => void
  isFull: (key: string, now: Date) => boolean
}

const believedMilliseconds = 1000
const rememberedKeys = 10_000

export function createFullCounters(): FullCounters {
  const until = new Map<string, number>()
  return {
    remember: (key, now) => {
      if (until.size >= rememberedKeys) until.clear()
      until.set(key, now.getTime() + believedMilliseconds)
    },
    isFull: (key, now) => {
      const end = until.get(key)
      if (end === undefined) return false
      if (now.getTime() < end) return true
      until.delete(key)
      return false
    },
  }
}
