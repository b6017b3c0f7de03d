import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at, card, hashCardNo, item, makeRule, verifying } from '../../../../test/support/rules.ts'
import { countersOf, decideRules, type Facts, type Rule, type RuleUse } from '../index.ts'

const zone = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short' })
const dayMilliseconds = 24 * 3_600_000

/** The names of a time's periods, worked out from the time zone data and the calendar alone. */
function namesOf(time: number): Record<string, string> {
  const day = zone.format(time)
  const weekDay = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
  const monday = new Date(Date.parse(`${day}T00:00:00Z`) - weekDay * dayMilliseconds).toISOString().slice(0, 10)
  return { Day: day, Week: monday, Month: day.slice(0, 7), Year: day.slice(0, 4), Total: '' }
}

const kinds = ['Day', 'Week', 'Month', 'Year', 'Total']

/** How many periods of a kind have begun since the start, counted day by day. */
function begunPeriods(kind: string, start: number, now: number): number {
  const names = new Set<string>([namesOf(now)[kind]!])
  for (let time = start; time <= now; time += dayMilliseconds) names.add(namesOf(time)[kind]!)
  return names.size
}

type Taken = { time: number; amount: number; uses: RuleUse[] }
type Maxima = Record<string, number>

/** Whether there is room, by what was taken and not given back. */
function hasRoom(maxima: Maxima, isRetained: boolean, start: number, taken: Taken[], time: number, amount: number) {
  return kinds.every((kind) => {
    const max = maxima[`limitMax${kind}`]!
    if (max === 0) return true
    const isRolling = isRetained && kind !== 'Total'
    const inPeriod = taken.filter((one) => isRolling || namesOf(one.time)[kind] === namesOf(time)[kind])
    const used = inPeriod.reduce((sum, one) => sum + one.amount, 0)
    return used + amount <= (isRolling ? max * begunPeriods(kind, start, time) : max)
  })
}

const maxima = fc.record({
  limitMaxDay: fc.constantFrom(0, 1, 3, 5),
  limitMaxWeek: fc.constantFrom(0, 0, 4, 8),
  limitMaxMonth: fc.constantFrom(0, 0, 6, 12),
  limitMaxYear: fc.constantFrom(0, 0, 10, 20),
  limitMaxTotal: fc.constantFrom(0, 0, 15, 30),
})
// Around the ends of months, years and weeks, and a leap day.
const start = fc.constantFrom(
  '2026-12-28 09:30:00',
  '2026-02-26 00:00:00',
  '2028-02-27 23:59:59',
  '2026-11-20 12:00:00',
)
const steps = fc.array(
  fc.record({
    hours: fc.constantFrom(0, 1, 5, 12, 24, 24, 72, 200),
    amount: fc.integer({ min: 1, max: 4 }),
    isGivenBack: fc.boolean(),
  }),
  { minLength: 5, maxLength: 40 },
)

describe('a limit', () => {
  it('is never exceeded and refuses nothing while room is left, across days, weeks, months, years and leap days, also when something is given back', () => {
    fc.assert(
      fc.property(maxima, start, fc.boolean(), steps, (maxima, start, isRetained, steps) => {
        const startTime = start.replace(/\D/g, '')
        const value = { limitWay: 'Q', limitType: 'W', retained: isRetained ? 'Y' : 'N' }
        const rule = makeRule('CardNoLimit', {
          ...value,
          limitItems: [item('*', { ...maxima, startTime, endTime: '20301231235959' })],
        })
        const counters = new Map<string, number>()
        let taken: Taken[] = []
        let time = at(start).getTime()
        for (const { hours, amount, isGivenBack } of steps) {
          time += hours * 3_600_000
          const expected = hasRoom(maxima, isRetained, at(start).getTime(), taken, time, amount)
          const uses = ask(
            rule,
            verifying({ card: card('6225880000008888'), quantity: amount }),
            counters,
            new Date(time),
          )
          expect(uses !== undefined).toBe(expected)
          if (uses !== undefined) taken.push({ time, amount, uses })
          const [first] = taken
          if (isGivenBack && first !== undefined) {
            for (const [key, used] of first.uses) counters.set(key, counters.get(key)! - used)
            taken = taken.slice(1)
          }
          expect(Math.min(0, ...counters.values())).toBe(0)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('says when it would pass: then it does, and not a moment before', () => {
    fc.assert(
      fc.property(maxima, start, fc.boolean(), steps, (maxima, start, isRetained, steps) => {
        const startTime = start.replace(/\D/g, '')
        const value = { limitWay: 'Q', limitType: 'W', retained: isRetained ? 'Y' : 'N' }
        const rule = makeRule('ActivityLimit', {
          ...value,
          limitItems: [item('A1', { ...maxima, startTime, endTime: '20301231235959' })],
        })
        const counters = new Map<string, number>()
        let time = at(start).getTime()
        for (const { hours, amount: quantity } of steps) {
          time += hours * 3_600_000
          const facts = verifying({ activityId: 'A1', quantity })
          const decided = decideRules([rule], facts, counters, new Date(time))
          if (decided.verdict === 'passed') ask(rule, facts, counters, new Date(time))
          else if (decided.passesAt !== null) {
            const { passesAt } = decided
            expect(decideRules([rule], facts, counters, passesAt).verdict).toBe('passed')
            expect(decideRules([rule], facts, counters, new Date(passesAt.getTime() - 1)).verdict).toBe('rejected')
          }
        }
      }),
    )
  })

  it('looks at the counters that it named beforehand, and at none where no maximum is set', () => {
    fc.assert(
      fc.property(maxima, fc.boolean(), (maxima, isRetained) => {
        const value = { limitWay: 'Q', limitType: 'W', retained: isRetained ? 'Y' : 'N' }
        const rule = makeRule('CityLimit', { ...value, limitItems: [item('*', maxima)] })
        const facts = verifying({ cityId: '310000' })
        const needs = countersOf([rule], facts, at('2026-11-22 10:00:00'))
        const decided = decideRules([rule], facts, new Map(), at('2026-11-22 10:00:00'))
        expect(decided.verdict).toBe('passed')
        expect(decided.verdict === 'passed' && decided.uses.map(([key]) => key)).toEqual(needs.map(({ key }) => key))
        if (Object.values(maxima).every((max) => max === 0)) expect(needs).toEqual([])
      }),
    )
  })

  it('tells when a counter’s period ends, and nothing for those that never begin anew', () => {
    const rule = makeRule('CityLimit', {
      limitWay: 'Q',
      limitType: 'W',
      limitItems: [item('*', { limitMaxDay: 1, limitMaxMonth: 2, limitMaxTotal: 3 })],
    })
    expect(countersOf([rule], verifying({ cityId: '310000' }), at('2028-02-29 10:00:00')).length).toBe(0)
    expect(countersOf([rule], verifying({ cityId: '310000' }), at('2026-02-28 10:00:00'))).toEqual([
      { key: 'limit:1:Q:D20260228:310000', endsAt: at('2026-03-01 00:00:00') },
      { key: 'limit:1:Q:M202602:310000', endsAt: at('2026-03-01 00:00:00') },
      { key: 'limit:1:Q:T20260101000000:310000', endsAt: null },
    ])
  })

  it('counts by amount: the face values when codes are made, the discount when they are redeemed', () => {
    const value = { limitWay: 'A', limitType: 'W', limitItems: [item('A1', { limitMaxDay: 10_000 })] }
    const making = makeRule('ActivityLimit', value, { ruleScene: 'make' })
    const facts: Facts = { scene: 'make', activityId: 'A1', quantity: 3, faceValueFen: 3000 }
    expect(ask(making, facts, new Map(), at('2026-11-22 10:00:00'))).toEqual([['limit:1:A:D20261122:A1', 9000]])
    const redeeming = verifying({ activityId: 'A1', faceValueFen: 3000, cartAmountFen: 2500 })
    expect(ask(makeRule('ActivityLimit', value), redeeming, new Map(), at('2026-11-22 10:00:00'))).toEqual([
      ['limit:1:A:D20261122:A1', 2500],
    ])
    const discount = makeRule('BuyGet', { amountOff: 5 }, { id: '2' })
    const both = decideRules(
      [makeRule('ActivityLimit', value), discount],
      redeeming,
      new Map(),
      at('2026-11-22 10:00:00'),
    )
    expect(both.verdict === 'passed' && both.uses).toEqual([['limit:1:A:D20261122:A1', 500]])
  })
})

describe('a list', () => {
  const now = at('2026-11-22 10:00:00')
  const verdict = (rule: Rule, facts: Partial<Facts>) => decideRules([rule], verifying(facts), new Map(), now).verdict

  it('counts every other key for itself', () => {
    const rule = makeRule('PosTidLimit', {
      limitWay: 'Q',
      limitType: 'W',
      limitItems: [item('T1'), item('*', { limitMaxDay: 1 })],
    })
    const counters = new Map<string, number>()
    for (const tid of ['T1', 'T2', 'T3', 'T1']) expect(ask(rule, verifying({ tid }), counters, now)).toBeDefined()
    expect(ask(rule, verifying({ tid: 'T2' }), counters, now)).toBeUndefined()
  })

  it('takes an item outside its time for not written', () => {
    const ended = item('T1', { endTime: '20260601000000' })
    const white = makeRule('PosTidLimit', { limitWay: 'Q', limitType: 'W', limitItems: [ended] })
    const black = makeRule('PosTidLimit', { limitWay: 'Q', limitType: 'B', limitItems: [ended] })
    expect([verdict(white, { tid: 'T1' }), verdict(black, { tid: 'T1' })]).toEqual(['rejected', 'passed'])
  })

  it('takes the last second of an item for its own', () => {
    const rule = makeRule('PosTidLimit', {
      limitWay: 'Q',
      limitType: 'W',
      limitItems: [item('T1', { endTime: '20261122100000' })],
    })
    expect(verdict(rule, { tid: 'T1' })).toBe('passed')
    expect(decideRules([rule], verifying({ tid: 'T1' }), new Map(), at('2026-11-22 10:00:01')).verdict).toBe('rejected')
  })

  it('of black refuses what is listed, and passes who does not have the fact', () => {
    const rule = makeRule('CityLimit', { limitWay: 'Q', limitType: 'B', limitItems: [item('310000')] })
    expect(verdict(rule, { cityId: '310000' })).toBe('rejected')
    expect(verdict(rule, { cityId: '110000' })).toBe('passed')
    expect(verdict(rule, {})).toBe('passed')
  })

  it('of black lets a key pass at the times that its item allows', () => {
    const rule = makeRule('CityLimit', {
      limitWay: 'Q',
      limitType: 'B',
      limitItems: [item('310000', { WeekTime: { weekDay: '1000000' } })],
    })
    expect(verdict(rule, { cityId: '310000' })).toBe('passed')
    const monday = decideRules([rule], verifying({ cityId: '310000' }), new Map(), at('2026-11-23 10:00:00'))
    expect(monday).toMatchObject({ verdict: 'rejected', passesAt: at('2026-11-29 00:00:00') })
  })

  it('of white names the fact that a request does not have', () => {
    const rule = makeRule('CardNoLimit', { limitWay: 'Q', limitType: 'W', limitItems: [item('*')] })
    expect(decideRules([rule], verifying(), new Map(), now)).toMatchObject({
      code: 'rule_rejected',
      reason: expect.stringContaining('cardNo') as string,
    })
  })

  it('of bins looks at the beginning and the end of the number', () => {
    const value = { limitWay: 'Q', limitType: 'W', binPrefixNum: 6, binSuffixNum: 2, limitItems: [item('622588*88')] }
    const rule = makeRule('CardBinLimit', value)
    expect(verdict(rule, { card: card('6225881234567888') })).toBe('passed')
    expect(verdict(rule, { card: card('6225881234567887') })).toBe('rejected')
  })

  it('of card numbers knows them by their hash, and shows six and four digits', () => {
    const cardNo = '6225881234567888'
    const listed = item(cardNo, { limitMaxDay: 1 })
    const rule = makeRule('CardNoLimit', { limitWay: 'Q', limitType: 'W', limitItems: [listed] })
    const decided = decideRules([rule], verifying({ card: card(cardNo)! }), new Map(), now, { isTracing: true })
    expect(decided).toMatchObject({ verdict: 'passed', uses: [[`limit:1:Q:D20261122:${hashCardNo(cardNo)}`, 1]] })
    expect(decided.trace[0]?.input).toEqual({ cardNo: '622588******7888', quantity: 1 })
    expect(JSON.stringify([decided, rule])).not.toContain(cardNo)
    expect(verdict(rule, { card: card('6225881234567880') })).toBe('rejected')
  })
})

/** Asks, takes what is to be taken, and says what that was; undefined where the request is rejected. */
function ask(rule: Rule, facts: Facts, counters: Map<string, number>, now: Date): RuleUse[] | undefined {
  const decided = decideRules([rule], facts, counters, now)
  if (decided.verdict === 'rejected') return undefined
  for (const [key, amount] of decided.uses) counters.set(key, (counters.get(key) ?? 0) + amount)
  return decided.uses
}
