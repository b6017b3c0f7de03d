import { judgeBuyGet } from './buy-get-judge.ts'
import { openCart, worthOf, type Cart } from './cart.ts'
import { addUp, type CartDiscount, type Discount } from './discount.ts'
import type { Facts } from './facts.ts'
import { notMet, type Failure, type FailureCode, type Judgement } from './judgement.ts'
import { judgeLimit, limitCounters } from './limit-judge.ts'
import { fillMessage } from './message.ts'
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

/** What the BuyGet rules in force say of the cart. */
type Offers = { cart: Cart | string | undefined; judgements: [Rule, Judgement][]; discounts: Discount[] }

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
  for (const rule of rules) {
    const judgement = isInForce(rule, dealing.at) ? judge(dealing, rule) : undefined
    if (isTracing) trace.push(traceRule(rule, facts, judgement))
    if (judgement === undefined) continue
    if (judgement.failure === undefined) takeUses(uses, judgement)
    else if (!rule.isContinue) return reject(rule, judgement.failure, trace)
  }
  return { verdict: 'passed', uses, discount: discountOf(dealing), trace }
}

function judge(dealing: Dealing, rule: Rule): Judgement {
  const { body } = rule
  switch (body.kind) {
    case 'limit':
      return judgeLimit(body, {
        facts: dealing.facts,
        counters: dealing.counters,
        now: dealing.at,
        amount: body.way === 'Q' ? (dealing.facts.quantity ?? 1) : amountOf(dealing),
      })
    case 'weekTime':
      return judgeWeekTime(body, dealing.at)
    case 'buyGet':
      return offersOf(dealing).judgements.find(([offered]) => offered === rule)![1]
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
  const { scene, faceValueFen, quantity = 1, cartAmountFen, goods = [] } = dealing.facts
  if (scene === 'make') return faceValueFen === undefined ? undefined : faceValueFen * quantity
  if (dealing.discountFen !== undefined) return dealing.discountFen
  const { judgements, discounts } = offersOf(dealing)
  // Where a BuyGet rule rejects the request, no limit shall be blamed for a discount that is not given.
  if (judgements.some(([rule, { failure }]) => failure !== undefined && !rule.isContinue)) return 0
  if (discounts.length > 0) return discounts.reduce((sum, { faceFen }) => sum + faceFen, 0)
  if (faceValueFen === undefined) return undefined
  return Math.min(faceValueFen, cartAmountFen ?? (goods.length > 0 ? worthOf(goods) : faceValueFen))
}

/** Judges the BuyGet rules in force, once, in order: goods that one of them used are gone for the next. */
function offersOf(dealing: Dealing): Offers {
  if (dealing.offers !== undefined) return dealing.offers
  const offers: Offers = { cart: undefined, judgements: [], discounts: [] }
  for (const rule of dealing.rules) {
    if (rule.body.kind !== 'buyGet' || !isInForce(rule, dealing.at)) continue
    offers.cart ??= openCart(dealing.facts)
    const judgement = typeof offers.cart === 'string' ? notMet(offers.cart) : judgeBuyGet(rule.body, offers.cart)
    offers.judgements.push([rule, judgement])
    if (judgement.discount !== undefined) offers.discounts.push(judgement.discount)
  }
  dealing.offers = offers
  return offers
}

function discountOf({ offers }: Dealing): CartDiscount | null {
  if (offers === undefined || offers.discounts.length === 0 || typeof offers.cart !== 'object') return null
  return addUp(offers.cart, offers.discounts)
}
