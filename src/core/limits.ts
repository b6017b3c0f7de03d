import type { HolderLimits } from '../db/set-up.ts'
import type { Use } from '../db/coupons.ts'
import type { Keyring } from '../keyring.ts'
import { dayOf, endOfDay } from './days.ts'
import type { ErrorCode } from './errors.ts'
import type { Setup } from './set-up/snapshot.ts'

/** One counter that an issue takes from: by how much at most (null: the counter's own `max`), and what to say when full. */
export type CounterUse = { key: string; max: number | null; endsAt: Date | null; code: ErrorCode; what: string }

type Ask = { activityId: string; templateId: string; memberId?: string | undefined; openid?: string | undefined }

export const stockKey = (kind: 'template' | 'activity', id: string): string => `stock:${kind}:${id}`

/**
 * The counters that an issue takes one of for each coupon, most specific first. Where no limit is set there is none:
 * nothing is counted that nobody limits.
 */
export function countersOf(ask: Ask, setup: Setup, keyring: Keyring, now: Date): CounterUse[] {
  const template = setup.templates.get(ask.templateId)
  const activity = setup.activities.get(ask.activityId)
  return [
    ...(template === undefined ? [] : holderCounters('template', template, ask, keyring, now)),
    ...(activity === undefined ? [] : holderCounters('activity', activity, ask, keyring, now)),
    ...stockCounters(ask, setup),
  ]
}

function stockCounters(ask: Ask, setup: Setup): CounterUse[] {
  const keys = [stockKey('template', ask.templateId), stockKey('activity', ask.activityId)]
  return keys
    .filter((key) => setup.stockKeys.has(key))
    .map((key) => ({ key, max: null, endsAt: null, code: 'stock_exhausted', what: key }))
}

function holderCounters(
  kind: 'template' | 'activity',
  limits: HolderLimits & { id: string },
  ask: Ask,
  keyring: Keyring,
  now: Date,
): CounterUse[] {
  const holders = [
    { what: 'member', id: ask.memberId, inAll: limits.maxPerMember, aDay: limits.maxPerMemberDay },
    { what: 'openid', id: ask.openid, inAll: limits.maxPerOpenid, aDay: limits.maxPerOpenidDay },
  ]
  return holders.flatMap(({ what, id, inAll, aDay }) => {
    if (id === undefined || (inAll === null && aDay === null)) return []
    const hash = keyring.hash(what, id).subarray(0, 16).toString('base64url')
    const key = `holder:${kind}:${limits.id}:${what}:${hash}`
    const told = `${kind} ${limits.id} per ${what}`
    return [
      ...(inAll === null ? [] : [limited(key, inAll, null, told)]),
      ...(aDay === null ? [] : [limited(`${key}:${dayOf(now)}`, aDay, endOfDay(now), `${told} and day`)]),
    ]
  })
}

const limited = (key: string, max: number, endsAt: Date | null, what: string): CounterUse => ({
  key,
  max,
  endsAt,
  code: 'limit_exceeded',
  what: `${what}: ${max}`,
})

export const usesOf = (counters: CounterUse[]): Use[] => counters.map(({ key }) => [key, 1])
