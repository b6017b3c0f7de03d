import { whaleRuleSpelling as spelling } from '../src/faces/whale/written-rule.ts'
import { cardOf, countersOf, orderRules, parseRule, type Facts, type Good, type Rule } from '../src/core/rules/index.ts'

/** What the counters of a request have in use, as anybody may name them. */
export type Used = { card: number; bin: number; activityDay: number; activityTotal: number }

/** A request, with what is in use: `counters` has the same as `used`, under the names of our rules. */
export type Request = { facts: Facts; now: Date; used: Used; counters: Map<string, number> }

export const maxima = { card: 10, bin: 1000, activityDay: 10 ** 9, activityTotal: 10 ** 11 }
export const bins = Array.from({ length: 50 }, (_, index) => String(622_500 + index))

const item = (limitKey: string, limits: Record<string, number>) => ({
  limitKey,
  limitMaxDay: 0,
  limitMaxWeek: 0,
  limitMaxMonth: 0,
  limitMaxYear: 0,
  limitMaxTotal: 0,
  startTime: '20260101000000',
  endTime: '20261231235959',
  ...limits,
})

const limit = (way: string, ...limitItems: object[]) => ({ limitWay: way, limitType: 'W', limitItems })

const coffee = {
  codeType: 'type',
  codeConfigList: ['coffee,tea', 'cake'],
  checkExpression: 'groups[0].qty >= 2 && groups[1].qty >= 1',
  limitMinAmount: 30,
  discountOff: 0.8,
}

/** Ten rules: three limits that count, three times of the week, two black lists, a scene, and goods. */
export function makeRules(): Rule[] {
  const week = (weekDay: string, times: string) => ['WeekTime', { weekDay, times }] as const
  const activity = item('A1', { limitMaxDay: maxima.activityDay, limitMaxTotal: maxima.activityTotal })
  const binItems = bins.map((bin) => item(bin, { limitMaxMonth: maxima.bin }))
  const values = [
    ['CardNoLimit', limit('Q', item('*', { limitMaxDay: maxima.card }))],
    ['CardBinLimit', { ...limit('Q', ...binItems), binPrefixNum: 6 }],
    ['ActivityLimit', limit('A', activity)],
    week('0111110', '090000120000,220000020000'),
    week('1111111', '080000200000'),
    week('1100000', '000000235959'),
    ['CityLimit', { ...limit('Q', item('999999', {})), limitType: 'B' }],
    ['PosTidLimit', { ...limit('Q', item('T9', {}), item('T8', {})), limitType: 'B' }],
    ['ScenceLimit', limit('Q', item('verify', {}))],
    ['BuyGet', coffee],
  ] as const
  return orderRules(values.map(([ruleKey, ruleValue], index) => makeRule(String(index + 1), ruleKey, ruleValue)))
}

function makeRule(id: string, ruleKey: string, ruleValue: object): Rule {
  const head = {
    ruleScenceKey: 'activity',
    ruleScene: 'verify',
    ruleName: `${ruleKey} ${id}`,
    messageTpl: '{ruleName}',
  }
  const times = { startTime: '20260101000000', endTime: '20261231235959' }
  const parsed = parseRule({ ...head, ...times, ruleKey, ruleValue }, { id, spelling })
  if ('refusal' in parsed) throw new Error(`${parsed.refusal.field} ${parsed.refusal.message}`)
  return parsed.rule
}

/** Requests that differ in card and cart of 20 lines, and that every rule passes. */
export function makeRequests(rules: Rule[], count: number): Request[] {
  const used: Used = { card: 3, bin: 3, activityDay: 3, activityTotal: 3 }
  const now = new Date('2026-11-23T10:00:00+08:00')
  return Array.from({ length: count }, (_, index) => {
    const cardNo = `6225${String(index % 50).padStart(2, '0')}00000${String(index).padStart(5, '0')}`
    const goods = makeGoods(20, (line) => ({ type: line, qty: index + line, price: index * 37 + line * 101 }))
    const facts = { scene: 'verify', activityId: 'A1', cityId: '310000', tid: 'T1', faceValueFen: 3000, goods }
    return makeRequest(rules, { facts: withCard(facts, cardNo), now, used })
  })
}

/** Requests of which some are rejected, each rule having its share. The same seed makes the same. */
export function makeRandomRequests(rules: Rule[], count: number, seed: number): Request[] {
  let state = seed
  const random = (below: number): number => {
    // The generator of Park and Miller: it need not be good, it must be the same everywhere.
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  const seldom = <Value>(usual: Value, other: Value): Value => (random(20) === 0 ? other : usual)
  return Array.from({ length: count }, () => {
    const cardNo = `6225${String(random(52)).padStart(2, '0')}${String(random(1e9)).padStart(10, '0')}`
    const goods = makeGoods(1 + random(20), () => ({ type: random(4), qty: random(3), price: random(2000) }))
    const facts = {
      scene: seldom('verify', 'gift'),
      activityId: seldom('A1', 'A2'),
      cityId: seldom('310000', '999999'),
      tid: seldom('T1', 'T9'),
      goods,
    }
    const hour = seldom(9 + random(3), random(24))
    const day = seldom(23, 21 + random(4))
    const now = new Date(Date.UTC(2026, 10, day, hour - 8, random(60), random(60)))
    const used: Used = {
      card: seldom(random(10), 10),
      bin: seldom(random(1000), 1000),
      activityDay: seldom(0, maxima.activityDay - random(5000)),
      activityTotal: seldom(0, maxima.activityTotal - random(5000)),
    }
    return makeRequest(rules, { facts: withCard(facts, cardNo), now, used })
  })
}

const types = ['coffee', 'tea', 'cake', 'bread']

const makeGoods = (lines: number, numbers: (line: number) => { type: number; qty: number; price: number }): Good[] =>
  Array.from({ length: lines }, (_, line) => {
    const { type, qty, price } = numbers(line)
    return { sku: `sku${line}`, type: types[type % types.length], qty: 1 + (qty % 3), priceFen: 1000 + (price % 2000) }
  })

const withCard = (facts: Facts, cardNo: string): Facts => ({ ...facts, card: cardOf(cardNo, (no) => `h${no}`) })

function makeRequest(rules: Rule[], { facts, now, used }: Omit<Request, 'counters'>): Request {
  const [card, bin, activity] = rules.map((rule) => countersOf([rule], facts, now))
  const amounts = [
    ...card!.map(({ key }) => [key, used.card] as const),
    ...bin!.map(({ key }) => [key, used.bin] as const),
    ...activity!.map(({ key }, index) => [key, index === 0 ? used.activityDay : used.activityTotal] as const),
  ]
  return { facts, now, used, counters: new Map(amounts) }
}
