import { dayNumberOf, calendarAt } from '../../../time/periods.ts'
import { amountToPay, takenOff } from '../deciding/cart.ts'
import { decideRules, type RulesPassed, type RuleUse } from '../deciding/decide-rules.ts'
import type { Rule } from '../deciding/rule.ts'
import type { Facts } from '../facts.ts'
import { countFound, unchanged, type Flips, type Found, missingFact } from './known.ts'
import type { Accepted, Recorded, Refused, Return } from './recorded.ts'
import { makeReplayRules, reask, type Reasked, type ReplayRules } from './replay-rules.ts'

/** Rules on their way over what was recorded. */
type Replay = {
  rules: ReplayRules
  counters: Map<string, number>
  /** The day that it has come to. */
  day: number | undefined
  /** What was taken and will be given back. */
  due: DueReturns
  /** What was refused and would have passed, with what it took: asked for again it is a repeat. */
  passed: Map<string, RuleUse[]>
  /** What was found, by channel. */
  channels: Map<string, Flips>
}

/**
 * Begins to try rules over what was recorded, among the rules of the hub.
 * @param used what counters have in use when it begins.
 */
export const startReplay = (
  rules: Rule[],
  hubRules: readonly Rule[],
  used: ReadonlyMap<string, number> = new Map(),
): Replay => ({
  rules: makeReplayRules(rules, hubRules),
  counters: new Map(used),
  day: undefined,
  due: [],
  passed: new Map(),
  channels: new Map(),
})

/**
 * Decides something anew by the same decide as the traffic, and counts what would be otherwise. In the order of time: what
 * passes takes from the counters, and gives back when what was made or redeemed was taken back.
 */
export function replay(state: Replay, recorded: Recorded): void {
  const { outcome, at, channelId } = recorded
  passTime(state, at)
  const asked = reask(state.rules, recorded)
  const isTried = asked.tried.length > 0
  // What the tried rules are not asked of takes from the others' counters all the same.
  if (asked.rules.length === 0 || (outcome.kind === 'refused' && !isTried)) return
  const found =
    outcome.kind === 'accepted'
      ? replayAccepted(state, recorded, outcome, asked)
      : replayRefused(state, recorded, outcome, asked)
  if (isTried) countFound(state.channels, channelId, found)
}

function passTime(state: Replay, at: Date): void {
  giveBack(state.due, state.counters, at)
  const day = dayNumberOf(at.getTime())
  if (day !== state.day) forgetEnded(state.counters, at)
  state.day = day
}

function replayAccepted(state: Replay, recorded: Recorded, outcome: Accepted, asked: Reasked): Found {
  const before = takePassed(state, recorded)
  if (before !== undefined) {
    noteReturns(state.due, before, outcome.returns)
    return unchanged
  }
  const undecided = undecidedOf(asked, recorded)
  if (undecided !== undefined) return undecided
  const verdict = decide(state, recorded, asked, outcome.discountFen)
  // What its supplier refused came to nothing, and would have either way.
  if (verdict.verdict === 'rejected') {
    return outcome.hasFailed ? unchanged : { kind: 'acceptedToRefused', fen: outcome.valueFen }
  }
  takeFrom(state.counters, verdict.uses)
  noteReturns(state.due, verdict.uses, outcome.returns)
  const fen = asked.isWorthAnew ? valueOf(verdict, recorded.facts) - outcome.valueFen : 0
  return fen === 0 || outcome.hasFailed ? unchanged : { kind: 'otherDiscount', fen }
}

function replayRefused(state: Replay, recorded: Recorded, { ruleId }: Refused, asked: Reasked): Found {
  const { once, facts } = recorded
  const isReplaced = state.rules.replaced.some(({ id }) => id === ruleId)
  if (!isReplaced || (once !== undefined && state.passed.has(once))) return unchanged
  const undecided = undecidedOf(asked, recorded)
  if (undecided !== undefined) return undecided
  const verdict = decide(state, recorded, asked, undefined)
  if (verdict.verdict === 'rejected') return unchanged
  takeFrom(state.counters, verdict.uses)
  if (once !== undefined) state.passed.set(once, verdict.uses)
  return { kind: 'refusedToAccepted', fen: valueOf(verdict, facts) }
}

/** What would have been accepted already takes nothing once more. */
function takePassed({ passed }: Replay, { once }: Recorded): RuleUse[] | undefined {
  if (once === undefined) return undefined
  const uses = passed.get(once)
  passed.delete(once)
  return uses
}

function undecidedOf({ tried }: Reasked, { facts }: Recorded): Found | undefined {
  const fact = tried.map((rule) => missingFact(rule, facts)).find((missing) => missing !== undefined)
  return fact && { kind: 'undecided', fact }
}

const decide = ({ counters }: Replay, { facts, at }: Recorded, asked: Reasked, discountFen: number | undefined) =>
  decideRules(asked.rules, facts, counters, at, asked.isWorthAnew ? {} : { discountFen })

const valueOf = (
  { discount }: RulesPassed,
  { faceValueFen = 0, quantity = 1, cartAmountFen: amountFen, goods }: Facts,
): number => takenOff(discount?.faceFen ?? faceValueFen * quantity, amountToPay({ amountFen, goods }))

/** What will be given back, the latest first. */
export type DueReturns = { at: number; uses: RuleUse[] }[]

/** Notes that what was taken is given back at its instant. */
export function noteReturns(due: DueReturns, uses: RuleUse[], returns: Return[]): void {
  for (const { at, parts } of returns) {
    const share = uses.map(([key, amount]): RuleUse => [key, amount / parts])
    if (share.length > 0) due.splice(placeOf(due, at.getTime()), 0, { at: at.getTime(), uses: share })
  }
}

/** Where an instant belongs: behind all that are later. */
function placeOf(due: DueReturns, at: number): number {
  let [low, high] = [0, due.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (due[middle]!.at > at) low = middle + 1
    else high = middle
  }
  return low
}

/** Gives back what is due by an instant, into the counters that it was taken from. */
export function giveBack(due: DueReturns, counters: Map<string, number>, until: Date): void {
  while ((due.at(-1)?.at ?? Infinity) <= until.getTime()) {
    // Into a period that is over nothing need be given back.
    const counted = due.pop()!.uses.filter(([key]) => counters.has(key))
    takeFrom(counters, counted, -1)
  }
}

/** Adds to counters what was taken, or takes it back. */
export function takeFrom(counters: Map<string, number>, uses: readonly RuleUse[], sign: 1 | -1 = 1): void {
  for (const [key, amount] of uses) counters.set(key, (counters.get(key) ?? 0) + sign * amount)
}

/** Forgets the counters of days, weeks, months and years that are over at an instant, so that they do not heap up. */
function forgetEnded(counters: Map<string, number>, at: Date): void {
  const current = new Set(Object.values(calendarAt(at.getTime())).map(({ label }) => label))
  for (const key of counters.keys()) {
    // The name of a rule's counter has its period in the fourth place.
    const label = key.split(':')[3]
    if (label !== undefined && /^[DWMY]/.test(label) && !current.has(label)) counters.delete(key)
  }
}
