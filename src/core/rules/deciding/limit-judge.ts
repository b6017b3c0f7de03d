import type { Limit, LimitItem } from './bodies.ts'
import { showYuan } from './decimal.ts'
import type { Facts } from '../facts.ts'
import { met, notMet, type CounterStep, type Judgement } from './judgement.ts'
import { allowanceSince, calendarAt, firstPeriodAllowing, startOfPeriod } from '../../../time/periods.ts'
import { isOpen, nextOpening } from './week-time.ts'

/** What is decided about, by what is in use, at which time in milliseconds. */
type Asked = { facts: Facts; counters: ReadonlyMap<string, number>; at: number }

const itemAt = (items: LimitItem[] | undefined, now: number): LimitItem | undefined =>
  items?.find((item) => item.startsAt <= now && now < item.endsAt)

/**
 * The item for a key. An item outside its time counts as not written, so that its key is then one of the others.
 */
const itemOf = (limit: Limit, key: string, now: number): LimitItem | undefined =>
  itemAt(limit.items.get(key), now) ?? itemAt(limit.others, now)

const nothingCounted: ReadonlyMap<string, number> = new Map()

/** The counters that a white list looks at for a request; none for a black list and where no maximum is set. */
export function limitCounters(limit: Limit, facts: Facts, now: number): CounterStep[] {
  const key = limit.isWhiteList ? limit.subject.keyOf(facts, limit.ends) : undefined
  const item = key === undefined ? undefined : itemOf(limit, key, now)
  if (key === undefined || item === undefined) return []
  return stepsOf(limit, item, key, { counters: nothingCounted, at: now }, 0)
}

function stepsOf(
  limit: Limit,
  item: LimitItem,
  key: string,
  { counters, at }: Pick<Asked, 'counters' | 'at'>,
  amount: number,
): CounterStep[] {
  const calendar = calendarAt(at)
  return item.maxima.map(({ period, max: maxOfOne, counterKey }) => {
    const current = period === 'total' ? undefined : calendar[period]
    // With rollover one counter serves all periods: what was used since the item's start.
    const isOwn = current !== undefined && !limit.isRetained
    const name = counterKey(isOwn ? current.label : item.totalLabel, key)
    const before = counters.get(name) ?? 0
    const max =
      period === 'total' || current === undefined || isOwn
        ? maxOfOne
        : allowanceSince(item.startNumbers[period], current.number, maxOfOne)
    return { key: name, period, before, amount, max, maxOfOne, endsAt: isOwn ? current.endsAt : null }
  })
}

/**
 * Whether a request for `amount`, in coupons or fen, is within the limit, and what it would take from which counters.
 * `amount` is undefined where the request does not say how much.
 */
export function judgeLimit(limit: Limit, asked: Asked, amount: number | undefined): Judgement {
  const { facts, at } = asked
  const key = limit.subject.keyOf(facts, limit.ends)
  if (key === undefined) return limit.isWhiteList ? notMet(`the request has no ${limit.subject.fact}`) : met
  const item = itemOf(limit, key, at)
  if (item === undefined) return limit.isWhiteList ? notMetBy(limit, facts, key, 'is not listed', null) : met
  if (item.weekTime !== undefined && !isOpen(item.weekTime, at)) {
    const passesAt = withinItem(item, nextOpening(item.weekTime, at))
    return notMetBy(limit, facts, key, 'may not be used at this time', passesAt)
  }
  if (limit.isWhiteList) return judgeMaxima(limit, item, key, asked, amount)
  // On a black list the item's times say when the key may be used all the same.
  return item.weekTime === undefined ? notMetBy(limit, facts, key, 'is on the black list', item.endsAt) : met
}

function notMetBy({ subject }: Limit, facts: Facts, key: string, what: string, passesAt: number | null): Judgement {
  const limitKey = subject.showKey(facts, key)
  return notMet(`${limitKey} ${what}`, passesAt, { limitKey })
}

function judgeMaxima(limit: Limit, item: LimitItem, key: string, asked: Asked, amount: number | undefined): Judgement {
  if (item.maxima.length === 0) return met
  if (amount === undefined) return notMet('the request does not say how much it is about')
  const counters = stepsOf(limit, item, key, asked, amount)
  const full = counters.find(({ before, amount, max }) => before + amount > max)
  if (full === undefined) return { failure: undefined, counters }
  const show = limit.way === 'A' ? showYuan : String
  const limitKey = limit.subject.showKey(asked.facts, key)
  const [used, max] = [show(full.before), show(full.max)]
  const passesAt = whenThereIsRoom(limit, item, counters)
  return {
    failure: {
      code: 'limit_exceeded',
      reason: `${limitKey} has used ${used} of ${max} (${full.period}) and asks for ${show(amount)}`,
      passesAt: passesAt === null ? null : new Date(passesAt),
      limitKey,
      used,
      max,
      period: full.period,
    },
    counters,
  }
}

/** The end of the last period that has no room; null where there will be none while the item lasts. */
function whenThereIsRoom(limit: Limit, item: LimitItem, counters: CounterStep[]): number | null {
  const times = counters.map(({ period, before, amount, max, maxOfOne, endsAt }) => {
    if (before + amount <= max) return 0
    if (period === 'total' || (!limit.isRetained && amount > maxOfOne)) return null
    if (!limit.isRetained) return endsAt
    return startOfPeriod(period, firstPeriodAllowing(item.startNumbers[period], before + amount, maxOfOne))
  })
  const latest = times.reduce((a, b) => (a === null || b === null ? null : Math.max(a, b)), 0)
  return withinItem(item, latest)
}

const withinItem = (item: LimitItem, at: number | null): number | null => (at !== null && at < item.endsAt ? at : null)
