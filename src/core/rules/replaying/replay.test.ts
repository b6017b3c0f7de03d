import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at, card, item, makeRule } from '../../../../test/support/rules.ts'
import { decideRules } from '../deciding/decide-rules.ts'
import type { Facts } from '../facts.ts'
import type { Recorded, Return } from './recorded.ts'
import { replay, startReplay, giveBack, noteReturns, takeFrom, type DueReturns } from './replay.ts'
import { orderRules, type Rule } from '../deciding/rule.ts'

type Written = { ruleKey: string; ruleValue: unknown; head: Record<string, unknown> }

const max = fc.integer({ min: 1, max: 6 })
const limits: fc.Arbitrary<Omit<Written, 'head'>> = fc
  .record({
    subject: fc.constantFrom(
      ['ScenceLimit', 'verify'],
      ['CardNoLimit', '*'],
      ['CityLimit', '*'],
      ['CardBinLimit', '*'],
    ),
    limitWay: fc.constantFrom('Q', 'A'),
    retained: fc.constantFrom('Y', 'N'),
    limitMaxDay: max,
    limitMaxTotal: fc.integer({ min: 4, max: 12 }),
  })
  .map(({ subject: [ruleKey, key], limitMaxDay, limitMaxTotal, ...value }) => {
    const unit = value.limitWay === 'A' ? 1_000 : 1
    const maxima = { limitMaxDay: limitMaxDay * unit, limitMaxTotal: limitMaxTotal * unit }
    return { ruleKey, ruleValue: { ...value, limitType: 'W', limitItems: [item(key, maxima)] } }
  })
const others: fc.Arbitrary<Omit<Written, 'head'>> = fc.constantFrom(
  { ruleKey: 'BuyGet', ruleValue: { limitMinAmount: 10, amountOff: 3, superposition: 1 } },
  { ruleKey: 'BuyGet', ruleValue: { limitMinAmount: 30, discountOff: '0.9' } },
  { ruleKey: 'WeekTime', ruleValue: { weekDay: '1011110' } },
)
const writtenRules = fc.array(
  fc.record({ rule: fc.oneof(limits, limits, others), isContinue: fc.constantFrom('N', 'N', 'Y'), ruleOrder: max }),
  { minLength: 1, maxLength: 4 },
)

const facts: fc.Arbitrary<Facts> = fc.record({
  scene: fc.constant('verify'),
  activityId: fc.constant('A1'),
  card: fc.constantFrom('6225880000000001', '6225880000000002', '4111110000000001').map(card),
  cityId: fc.constantFrom('310000', '110000'),
  faceValueFen: fc.constant(1_000),
  cartAmountFen: fc.constantFrom(500, 1_500, 4_000),
})
const asks = fc.array(
  fc.record({ facts, afterSeconds: fc.constantFrom(0, 1, 600, 30_000), returnedAfterSeconds: fc.option(max) }),
  { maxLength: 40 },
)

const rulesOf = (written: { rule: Omit<Written, 'head'>; isContinue: string; ruleOrder: number }[]): Rule[] =>
  written.map(({ rule: { ruleKey, ruleValue }, ...head }, i) =>
    makeRule(ruleKey, ruleValue, { ...head, ruleName: `rule ${i}`, id: String(i + 10) }),
  )

/** What traffic leaves behind that met these rules; what is given back is so between two of its seconds. */
function record(rules: Rule[], asked: { facts: Facts; afterSeconds: number; returnedAfterSeconds: number | null }[]) {
  const ordered = orderRules(rules)
  const counters = new Map<string, number>()
  const due: DueReturns = []
  let now = at('2026-11-22 12:00:00').getTime()
  return asked.map(({ facts, afterSeconds, returnedAfterSeconds }): Recorded => {
    now += afterSeconds * 1000
    giveBack(due, counters, new Date(now))
    const verdict = decideRules(ordered, facts, counters, new Date(now), { isTracing: true })
    const returns: Return[] =
      returnedAfterSeconds === null ? [] : [{ at: new Date(now + returnedAfterSeconds * 1000 + 500), parts: 1 }]
    const askedIds = new Set(verdict.trace.map(({ ruleId }) => ruleId))
    const one = { at: new Date(now), channelId: 'C1', facts, subjects: { activity: 'A1' }, once: undefined, askedIds }
    if (verdict.verdict === 'rejected') return { ...one, outcome: { kind: 'refused', ruleId: verdict.rule.id } }
    takeFrom(counters, verdict.uses)
    noteReturns(due, verdict.uses, returns)
    const discountFen = verdict.discount?.faceFen
    const valueFen = Math.min(discountFen ?? facts.faceValueFen!, facts.cartAmountFen!)
    return { ...one, outcome: { kind: 'accepted', valueFen, discountFen, hasFailed: false, returns } }
  })
}

const inOrder = (recorded: Recorded[]): Recorded[] =>
  recorded.toSorted(
    (a, b) =>
      a.at.getTime() - b.at.getTime() || Number(a.outcome.kind === 'refused') - Number(b.outcome.kind === 'refused'),
  )

describe('Rules that are run over what was recorded', () => {
  it('flip nothing where they are the very rules that decided it, all of them or some', () => {
    const property = fc.property(writtenRules, asks, fc.nat({ max: 15 }), (written, asked, chosen) => {
      const rules = rulesOf(written)
      const tried = rules.filter((_, i) => (chosen >> i) % 2 === 0)
      const state = startReplay(tried, rules)
      for (const one of inOrder(record(rules, asked))) replay(state, one)
      for (const { asked, unchanged } of state.channels.values()) expect(unchanged).toBe(asked)
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('never let more pass than a limit allows, whatever the limit was before', () => {
    const scene = (limitMaxTotal: number) =>
      makeRule('ScenceLimit', { limitWay: 'Q', limitType: 'W', limitItems: [item('verify', { limitMaxTotal })] })
    const once = asks.map((asked) => asked.map((ask) => ({ ...ask, returnedAfterSeconds: null })))
    const property = fc.property(max, max, once, (before, after, asked) => {
      const state = startReplay([scene(after)], [scene(before)])
      const recorded = inOrder(record([scene(before)], asked))
      for (const one of recorded) replay(state, one)
      const accepted = recorded.filter(({ outcome }) => outcome.kind === 'accepted').length
      const { acceptedToRefused = 0, refusedToAccepted = 0 } = state.channels.get('C1') ?? {}
      expect(accepted - acceptedToRefused + refusedToAccepted).toBe(Math.min(after, asked.length))
    })
    fc.assert(property)
  })
})
