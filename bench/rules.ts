import {
  cardOf,
  countersOf,
  decideRules,
  orderRules,
  parseRule,
  type Facts,
  type Rule,
} from '../src/core/rules/index.ts'

/** Decisions a second of one core, in memory: ten rules, three of them limits, and a cart of 20 lines. */
export type RulesResult = { withoutTrace: number; withTrace: number }

const now = new Date('2026-11-23T10:00:00+08:00')
const carts = 100

/** Measures `decideRules` over a hundred carts, each way for so many seconds after a warm-up. */
export function measureRules(seconds: number): RulesResult {
  const rules = makeRules()
  const asked = Array.from({ length: carts }, (_, index) => makeFacts(index))
  const counters = new Map(asked.flatMap((facts) => countersOf(rules, facts, now)).map(({ key }) => [key, 3]))
  const measure = (isTracing: boolean): number => {
    const decideAll = (): void => {
      for (const facts of asked) {
        const decided = decideRules(rules, facts, counters, now, { isTracing })
        if (decided.verdict !== 'passed') throw new Error(`A rule rejects the bench's cart: ${decided.reason}`)
      }
    }
    const warmUp = performance.now() + 500
    while (performance.now() < warmUp) decideAll()
    const begun = performance.now()
    let decisions = 0
    while (performance.now() - begun < seconds * 1000) {
      decideAll()
      decisions += carts
    }
    return (decisions * 1000) / (performance.now() - begun)
  }
  return { withoutTrace: measure(false), withTrace: measure(true) }
}

const item = (limitKey: string, maxima: Record<string, number>) => ({
  limitKey,
  limitMaxDay: 0,
  limitMaxWeek: 0,
  limitMaxMonth: 0,
  limitMaxYear: 0,
  limitMaxTotal: 0,
  startTime: '20260101000000',
  endTime: '20261231235959',
  ...maxima,
})

const limit = (way: string, ...limitItems: object[]) => ({ limitWay: way, limitType: 'W', limitItems })

const coffee = {
  codeType: 'type',
  codeConfigList: ['coffee,tea', 'cake'],
  checkExpression: 'groups[0].qty >= 2 && groups[1].qty >= 1',
  limitMinAmount: 30,
  discountOff: 0.8,
}

function makeRules(): Rule[] {
  const week = (weekDay: string, times: string) => ['WeekTime', { weekDay, times }] as const
  const bins = Array.from({ length: 50 }, (_, index) => item(String(622_500 + index), { limitMaxMonth: 1000 }))
  const values = [
    ['CardNoLimit', limit('Q', item('*', { limitMaxDay: 10 }))],
    ['CardBinLimit', { ...limit('Q', ...bins), binPrefixNum: 6 }],
    ['ActivityLimit', limit('A', item('A1', { limitMaxDay: 10 ** 9, limitMaxTotal: 10 ** 11 }))],
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
  const parsed = parseRule({ ...head, ...times, ruleKey, ruleValue }, { id })
  if ('refusal' in parsed) throw new Error(`${parsed.refusal.field} ${parsed.refusal.message}`)
  return parsed.rule
}

function makeFacts(index: number): Facts {
  const types = ['coffee', 'tea', 'cake', 'bread']
  const goods = Array.from({ length: 20 }, (_, line) => ({
    sku: `sku${line}`,
    type: types[line % types.length],
    qty: 1 + ((index + line) % 3),
    priceFen: 1000 + ((index * 37 + line * 101) % 2000),
  }))
  const card = cardOf(
    `6225${String(index % 50).padStart(2, '0')}00000${String(index).padStart(5, '0')}`,
    (no) => `h${no}`,
  )
  return { scene: 'verify', activityId: 'A1', cityId: '310000', tid: 'T1', faceValueFen: 3000, goods, card }
}
