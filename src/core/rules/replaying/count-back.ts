import type { CounterNeed } from '../deciding/decide-rules.ts'
import type { Facts } from '../facts.ts'
import { limitCounters } from '../deciding/limit-judge.ts'
import { isInForce, type Rule } from '../deciding/rule.ts'

/** Something that was accepted: when, what was known of it, how many coupons and how many fen it was about. */
export type Countable = { at: Date; facts: Facts; quantity: number; amountFen: number }

/**
 * What a limit would have counted of something that was accepted, had it been there, by counter. Counters of periods that
 * are over by `now` are left out: nobody will look at them.
 */
export function usesOfAccepted(
  rule: Rule,
  { at, facts, quantity, amountFen }: Countable,
  now: Date,
): (CounterNeed & { amount: number })[] {
  const { body } = rule
  const amount = body.kind === 'limit' && body.way === 'A' ? amountFen : quantity
  if (body.kind !== 'limit' || amount <= 0 || !isInForce(rule, at.getTime())) return []
  // With rollover the periods of a rule share one counter, which is taken from once.
  const endOf = new Map(limitCounters(body, facts, at.getTime()).map(({ key, endsAt }) => [key, endsAt]))
  return [...endOf]
    .filter(([, endsAt]) => endsAt === null || endsAt > now.getTime())
    .map(([key, endsAt]) => ({ key, amount, endsAt: endsAt === null ? null : new Date(endsAt) }))
}
