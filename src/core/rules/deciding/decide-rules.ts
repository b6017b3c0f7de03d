import type { PeriodKind } from '../../../time/periods.ts'
import type { Facts } from '../facts.ts'
import { judgeBuyGet } from './buy-get-judge.ts'
import { amountToPay, openCart, takenOff, type Cart } from './cart.ts'
import { addUp, type CartDiscount } from './discount.ts'
import { type Failure, type FailureCode, type Judgement, notMet } from './judgement.ts'
import { judgeLimit, limitCounters } from './limit-judge.ts'
import { isInForce, passesAtOf, type Rule } from './rule.ts'
import { traceRule, type TraceEntry } from './trace.ts'
import { judgeWeekTime } from './week-time.ts'

/** What is taken from a counter: as kept on the row that took it, and given back from there once. */
export type RuleUse = [key: string, amount: number]

export type RulesPassed = {
  verdict: 'passed'
  uses: RuleUse[]
  /** Null where no BuyGet rule gave one: the coupon's own face value counts. */
  discount: CartDiscount | null
  trace: TraceEntry[]
}

export type RulesRejected = {
  verdict: 'rejected'
  code: FailureCode
  rule: Rule
  /** The rule's own words, for the partner. */
  message: string
  /** For operators. */
  reason: string
  passesAt: Date | null
  trace: TraceEntry[]
}

export type RulesVerdict = RulesPassed | RulesRejected

/** A counter that a decision looks at; `endsAt` is when its period is over, null where it never is. */
export type CounterNeed = { key: string; endsAt: Date | null }

/** The counters that must be loaded, and locked, before `decideRules`: none where no limit is set. */
export function countersOf(rules: Rule[], facts: Facts, now: Date): CounterNeed[] {
  const at = now.getTime()
  const needs = new Map<string, CounterNeed>()
  for (const rule of rules) {
    if (rule.body.kind !== 'limit' || !isInForce(rule, at)) continue
    for (const { key, endsAt } of limitCounters(rule.body, facts, at)) {
      needs.set(key, { key, endsAt: endsAt === null ? null : new Date(endsAt) })
    }
  }
  return [...needs.values()]
}

/** One decision under way. BuyGet rules are judged before the first limit that counts amounts needs their discount. */
type Dealing = {
  rules: Rule[]
  facts: Facts
  counters: ReadonlyMap<string, number>
  at: number
  discountFen: number | undefined
  offers: Offers | undefined
}

/**
 * Decides a request by its rules, which stand in the order of `orderRules`. The first rule that is not met rejects; of
 * what passes, `uses` are to be added to the counters in the same transaction. `counters` has what is in use already,
 * a counter that is missing is at zero. `discountFen`: what was given already, where that is decided anew; limits count it.
 */
export function decideRules(
  rules: Rule[],
  facts: Facts,
  counters: ReadonlyMap<string, number>,
  now: Date,
  { isTracing = false, discountFen }: { isTracing?: boolean; discountFen?: number | undefined } = {},
): RulesVerdict {
  const dealing: Dealing = { rules, facts, counters, at: now.getTime(), discountFen, offers: undefined }
  const uses: RuleUse[] = []
  const trace: TraceEntry[] = []
  for (let index = 0; index < rules.length; index += 1) {
    const rule = rules[index]!
    const judgement = isInForce(rule, dealing.at) ? judge(dealing, rule, index) : undefined
    if (isTracing) trace.push(traceRule(rule, facts, judgement))
    if (judgement === undefined) continue
    if (judgement.failure === undefined) takeUses(uses, judgement)
    else if (!rule.isContinue) return reject(rule, judgement.failure, trace)
  }
  return { verdict: 'passed', uses, discount: discountOf(dealing), trace }
}

function judge(dealing: Dealing, { body }: Rule, index: number): Judgement {
  switch (body.kind) {
    case 'limit':
      return judgeLimit(body, dealing, body.way === 'Q' ? (dealing.facts.quantity ?? 1) : amountOf(dealing))
    case 'weekTime':
      return judgeWeekTime(body, dealing.at)
    case 'buyGet':
      return offersOf(dealing).judgements[index]!
  }
}

function takeUses(uses: RuleUse[], { counters }: Judgement): void {
  for (const { key, amount } of counters) {
    // With rollover the periods of a rule share one counter, which is taken from once.
    if (amount > 0 && uses.at(-1)?.[0] !== key) uses.push([key, amount])
  }
}

const reject = (rule: Rule, failure: Failure, trace: TraceEntry[]): RulesRejected => ({
  verdict: 'rejected',
  code: failure.code,
  rule,
  message: fillMessage(rule, failure),
  reason: failure.reason,
  passesAt: passesAtOf(rule, failure),
  trace,
})

/** What a limit by amount counts, in fen: the face value when made, the discount given when redeemed. */
function amountOf(dealing: Dealing): number | undefined {
  const { scene, faceValueFen, quantity = 1, cartAmountFen: amountFen, goods } = dealing.facts
  if (scene === 'make') return faceValueFen === undefined ? undefined : faceValueFen * quantity
  if (dealing.discountFen !== undefined) return dealing.discountFen
  const offers = offersOf(dealing)
  // Where a BuyGet rule rejects the request, no limit shall be blamed for a discount that is not given.
  if (offers.isRejected) return 0
  const offered = offeredFen(offers)
  if (offered !== undefined || faceValueFen === undefined) return offered
  return takenOff(faceValueFen, amountToPay({ amountFen, goods }))
}

const offersOf = (dealing: Dealing): Offers =>
  (dealing.offers ??= judgeOffers(dealing.rules, dealing.facts, dealing.at))

const discountOf = ({ offers }: Dealing): CartDiscount | null =>
  typeof offers?.cart === 'object' && offers.cart.given.length > 0 ? addUp(offers.cart) : null

const words: Record<PeriodKind, string> = { day: '日', week: '周', month: '月', year: '年', total: '总' }

/** Fills {limitKey} {used} {max} {period} {ruleName}; what a failure does not know is left out, other braces stay. */
function fillMessage(rule: Rule, failure: Failure): string {
  const fill: Record<string, string> = {
    limitKey: failure.limitKey ?? '',
    used: failure.used ?? '',
    max: failure.max ?? '',
    period: failure.period === undefined ? '' : words[failure.period],
    ruleName: rule.name,
  }
  return rule.message.replace(/\{(limitKey|used|max|period|ruleName)\}/g, (_, name: string) => fill[name] ?? '')
}

/** What the BuyGet rules in force say of a cart: a judgement for each, at its place among the rules. */
type Offers = {
  cart: Cart | string | undefined
  judgements: (Judgement | undefined)[]
  /** One of them rejects the request, and is not passed over. */
  isRejected: boolean
}

/** Judges the BuyGet rules in force, in order: goods that one of them used are gone for the next. */
function judgeOffers(rules: Rule[], facts: Facts, at: number): Offers {
  const offers: Offers = { cart: undefined, judgements: [], isRejected: false }
  offers.judgements = rules.map((rule) => {
    if (rule.body.kind !== 'buyGet' || !isInForce(rule, at)) return undefined
    offers.cart ??= openCart(facts)
    const judgement = typeof offers.cart === 'string' ? notMet(offers.cart) : judgeBuyGet(rule.body, offers.cart)
    offers.isRejected ||= judgement.failure !== undefined && !rule.isContinue
    return judgement
  })
  return offers
}

/** What they take off in all, in fen; undefined where none gives a discount. */
function offeredFen({ cart }: Offers): number | undefined {
  if (typeof cart !== 'object' || cart.given.length === 0) return undefined
  return cart.given.reduce((sum, { faceFen }) => sum + faceFen, 0)
}
