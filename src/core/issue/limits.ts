import type { HolderLimits } from '../../db/set-up.ts'
import { balanceKey, settlementPriceOf } from '../counters/balance.ts'
import { dayOf, endOfDay } from '../../time/shanghai.ts'
import type { ErrorCode } from '../command/errors.ts'
import type { SealedHolder } from '../command/issue.ts'
import type { Setup, Template } from '../set-up/snapshot.ts'

/**
 * One counter that an issue takes from: how much for each coupon, how much at most in all (null: the counter's own `max`),
 * and what to say when there is no room.
 */
export type CounterUse = {
  key: string
  each: number
  max: number | null
  endsAt: Date | null
  code: ErrorCode
  what: string
}

type Ask = {
  activityId: string
  templateId: string
  channelId: string
  holder: Pick<SealedHolder, 'memberHash' | 'openidHash'>
}

export const stockKey = (kind: 'template' | 'activity', id: string): string => `stock:${kind}:${id}`

/**
 * The counters that an issue takes from for each coupon, in the order in which they are heard when there is no room. Where
 * no limit is set there is none: nothing is counted that nobody limits.
 */
export function countersOf(ask: Ask, setup: Setup, now: Date): CounterUse[] {
  const template = setup.templates.get(ask.templateId)
  const activity = setup.activities.get(ask.activityId)
  return [
    ...(template === undefined ? [] : holderCounters('template', template, ask, now)),
    ...(activity === undefined ? [] : holderCounters('activity', activity, ask, now)),
    ...(template === undefined ? [] : balanceCounters(template, ask, setup)),
    ...stockCounters(ask, setup),
  ]
}

function balanceCounters(template: Template, { channelId }: Ask, setup: Setup): CounterUse[] {
  const each = settlementPriceOf(setup, channelId, template)
  const key = balanceKey(channelId)
  if (each === 0 || !setup.balanceKeys.has(key)) return []
  const what = `the balance of channel ${channelId}`
  return [{ key, each, max: null, endsAt: null, code: 'balance_too_low', what }]
}

function stockCounters(ask: Pick<Ask, 'activityId' | 'templateId'>, setup: Setup): CounterUse[] {
  const keys = [stockKey('template', ask.templateId), stockKey('activity', ask.activityId)]
  return keys
    .filter((key) => setup.stockKeys.has(key))
    .map((key) => ({ key, each: 1, max: null, endsAt: null, code: 'stock_exhausted', what: key }))
}

function holderCounters(
  kind: 'template' | 'activity',
  limits: HolderLimits & { id: string },
  { holder }: Ask,
  now: Date,
): CounterUse[] {
  const holders = [
    { what: 'member', hash: holder.memberHash, inAll: limits.maxPerMember, aDay: limits.maxPerMemberDay },
    { what: 'openid', hash: holder.openidHash, inAll: limits.maxPerOpenid, aDay: limits.maxPerOpenidDay },
  ]
  return holders.flatMap(({ what, hash, inAll, aDay }) => {
    if (hash === null || (inAll === null && aDay === null)) return []
    const key = `holder:${kind}:${limits.id}:${what}:${hash.toString('base64url', 0, 16)}`
    const told = `${kind} ${limits.id} per ${what}`
    return [
      ...(inAll === null ? [] : [limited(key, inAll, null, told)]),
      ...(aDay === null ? [] : [limited(`${key}:${dayOf(now)}`, aDay, endOfDay(now), `${told} and day`)]),
    ]
  })
}

const limited = (key: string, max: number, endsAt: Date | null, what: string): CounterUse => ({
  key,
  each: 1,
  max,
  endsAt,
  code: 'limit_exceeded',
  what: `${what}: ${max}`,
})
