import { describe, expect, it } from 'vitest'
import { at, item, makeRule, verifying } from '../../../../test/support/rules.ts'
import { countersOf, decideRules, orderRules, rulesFor } from '../index.ts'

const now = at('2026-11-22 10:00:00')
const closed = (head: Record<string, unknown>) => makeRule('WeekTime', { weekDay: '0000000' }, head)
const tidLimit = (max: number, head: Record<string, unknown> = {}) =>
  makeRule('PosTidLimit', { limitWay: 'Q', limitType: 'W', limitItems: [item('*', { limitMaxDay: max })] }, head)
const facts = verifying({ tid: 'T1' })

describe('decideRules', () => {
  it('asks by ruleOrder, then by id, and the first that is not met rejects', () => {
    const rules = orderRules([
      closed({ id: '10', ruleOrder: 1 }),
      closed({ id: '9', ruleOrder: 1 }),
      closed({ id: '11', ruleOrder: 2 }),
    ])
    expect(rules.map(({ id }) => id)).toEqual(['9', '10', '11'])
    expect(decideRules(rules, facts, new Map(), now)).toMatchObject({ verdict: 'rejected', rule: { id: '9' } })
  })

  it('notes, does not count, and passes a rule that goes on', () => {
    const rules = [tidLimit(1, { id: '1', isContinue: 'Y' }), tidLimit(9, { id: '2' })]
    const counters = new Map([['limit:1:Q:D20261122:T1', 1]])
    const decided = decideRules(rules, facts, counters, now, { isTracing: true })
    expect(decided).toMatchObject({ verdict: 'passed', uses: [['limit:2:Q:D20261122:T1', 1]] })
    expect(decided.trace.map(({ verdict }) => verdict)).toEqual(['continued', 'passed'])
  })

  it('does not ask a rule that is switched off or outside its time', () => {
    const rules = [
      closed({ isActive: 'N' }),
      closed({ endTime: '20261122095959' }),
      closed({ startTime: '20261122100001' }),
      tidLimit(1, { isActive: 'N' }),
    ]
    expect(decideRules(rules, facts, new Map(), now)).toMatchObject({ verdict: 'passed', uses: [] })
    expect(countersOf(rules, facts, now)).toEqual([])
    expect(decideRules([closed({ endTime: '20261122100000' })], facts, new Map(), now).verdict).toBe('rejected')
  })

  it('counts by amount at most what the goods are worth, where the cart’s amount is not said', () => {
    const limitItems = [item('*', { limitMaxDay: 9_000 })]
    const byAmount = makeRule('PosTidLimit', { limitWay: 'A', limitType: 'W', limitItems })
    const goods = [{ sku: 'A', qty: 2, priceFen: 400 }]
    const decided = decideRules([byAmount], { ...facts, faceValueFen: 3_000, goods }, new Map(), now)
    expect(decided).toMatchObject({ verdict: 'passed', uses: [['limit:1:A:D20261122:T1', 800]] })
  })

  it('takes nothing when a later rule rejects', () => {
    expect(decideRules([tidLimit(9), closed({ id: '2' })], facts, new Map(), now)).not.toHaveProperty('uses')
  })

  it('fills the rule’s message', () => {
    const decided = decideRules([tidLimit(2)], facts, new Map([['limit:1:Q:D20261122:T1', 2]]), now)
    expect(decided).toMatchObject({
      code: 'limit_exceeded',
      message: 'the rule: T1 2/2 日',
      passesAt: at('2026-11-23 00:00:00'),
    })
    const other = closed({ messageTpl: '{ruleName}{limitKey}{used}{other}' })
    expect(decideRules([other], facts, new Map(), now)).toMatchObject({
      code: 'rule_rejected',
      message: 'the rule{other}',
    })
  })

  it('fills a message as it is written, also where a name looks like a pattern', () => {
    const rule = closed({ ruleName: '$& {used}', messageTpl: '{ruleName}' })
    expect(decideRules([rule], facts, new Map(), now)).toMatchObject({ message: '$& {used}' })
  })

  it('passes at the latest when the rule ends', () => {
    const rule = tidLimit(1, { endTime: '20261122115959' })
    const decided = decideRules([rule], facts, new Map([['limit:1:Q:D20261122:T1', 1]]), now)
    expect(decided).toMatchObject({ passesAt: at('2026-11-22 12:00:00') })
  })

  it('traces each rule with its input, counters before and after, and why', () => {
    const counters = new Map([['limit:1:Q:D20261122:T1', 1]])
    const rules = [tidLimit(2), closed({ id: '2' }), closed({ id: '3' })]
    const { trace } = decideRules(rules, facts, counters, now, { isTracing: true })
    expect(trace).toMatchObject([
      {
        ruleId: '1',
        type: 'PosTidLimit',
        verdict: 'passed',
        input: { 'storeInfo.tid': 'T1', quantity: 1 },
        counters: [{ key: 'limit:1:Q:D20261122:T1', period: 'day', before: 1, after: 2, max: 2 }],
        timeZone: 'Asia/Shanghai',
        passesAt: null,
      },
      { ruleId: '2', verdict: 'failed', code: 'rule_rejected' },
    ])
    expect(JSON.parse(JSON.stringify(trace))).toEqual(trace)
  })

  it('says the same with and without a trace', () => {
    const rules = [tidLimit(1)]
    const { trace: _, ...traced } = decideRules(rules, facts, new Map(), now, { isTracing: true })
    expect(decideRules(rules, facts, new Map(), now)).toMatchObject(traced)
  })
})

describe('rulesFor', () => {
  it('picks the rules of the scene that hang on what the request is about, or on all of a kind', () => {
    const rules = [
      closed({ id: '1' }),
      closed({ id: '2', ruleSceneItemKey: 'A2' }),
      closed({ id: '3', ruleScenceKey: 'shop', ruleSceneItemKey: '*' }),
      closed({ id: '4', ruleScene: 'make' }),
    ]
    const ids = (subjects: Record<string, string>) => rulesFor(rules, 'verify', subjects).map(({ id }) => id)
    expect(ids({ activity: 'A1', shop: 'S1' })).toEqual(['1', '3'])
    expect(ids({ activity: 'A2' })).toEqual(['2'])
  })
})
