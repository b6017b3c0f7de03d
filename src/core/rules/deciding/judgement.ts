import type { Discount } from './cart.ts'
import type { PeriodKind } from '../../../time/periods.ts'

/** What a rule that is not met refuses with: codes of the core's list. */
export type FailureCode = 'rule_rejected' | 'limit_exceeded'

/** Why a rule is not met. The last four fill the rule's message. */
export type Failure = {
  code: FailureCode
  /** For operators, in a sentence. */
  reason: string
  /** When the same request would pass; null where that cannot be said. */
  passesAt: Date | null
  limitKey?: string | undefined
  used?: string | undefined
  max?: string | undefined
  period?: PeriodKind | undefined
}

/** One counter that a rule looks at: `before` is in it, `amount` is asked for, and together they may be `max`. */
export type CounterStep = {
  key: string
  period: PeriodKind
  before: number
  amount: number
  max: number
  /** What one period allows: `max` itself, unless periods roll over. */
  maxOfOne: number
  /** When it begins anew, in milliseconds; null where it never does. */
  endsAt: number | null
}

/** What one rule says. `counters` are what it would take from where it is met. */
export type Judgement = {
  failure: Failure | undefined
  counters: CounterStep[]
  discount?: Discount | undefined
}

const noCounters: CounterStep[] = []

/** A rule that is met and touches nothing. */
export const met: Judgement = { failure: undefined, counters: noCounters }

/** A rule that is not met, whatever the counters say. */
export const notMet = (
  reason: string,
  passesAt: number | null = null,
  fill: Pick<Failure, 'limitKey' | 'period'> = {},
): Judgement => ({
  failure: { code: 'rule_rejected', reason, passesAt: passesAt === null ? null : new Date(passesAt), ...fill },
  counters: noCounters,
})
