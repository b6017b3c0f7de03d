import type { Example } from '../deciding/rule.ts'

const latte = (qty: number, priceFen = 3000) => ({ sku: '111', type: 'coffee', qty, priceFen })
const cake = (qty: number, priceFen = 2000) => ({ sku: '333', type: 'cake', qty, priceFen })
const at = '2026-11-22 10:00:00'
const buying = (...goods: object[]) => ({ scene: 'verify', goods })
const paying = (cartAmountFen: number) => ({ scene: 'verify', cartAmountFen })

export const buyGetExamples: Example[] = [
  {
    title: '满100减20, stacking to 满200减40',
    value: { limitMinAmount: 100, amountOff: 20, superposition: 1 },
    cases: [
      { at, facts: paying(9999), expect: 'rejected' },
      { at, facts: paying(10_000), expect: 'passed', faceFen: 2000, netFen: 8000 },
      { at, facts: paying(20_000), expect: 'passed', faceFen: 4000, netFen: 16_000 },
      { at, facts: paying(29_999), expect: 'passed', faceFen: 4000, netFen: 25_999 },
    ],
  },
  {
    title: '8折 on coffee',
    value: { codeType: 'type', codeConfigList: ['coffee'], discountOff: '0.8' },
    cases: [
      { at, facts: buying(latte(1, 1999), cake(1)), expect: 'passed', faceFen: 400, netFen: 3599 },
      { at, facts: buying(cake(1)), expect: 'rejected' },
      { at, facts: paying(3000), expect: 'rejected' },
    ],
  },
  {
    title: '10元喝咖啡: one coffee costs ten yuan',
    value: { codeType: 'sku', codeConfigList: '["111,222"]', returnExpression: '1', fixedAmount: '10' },
    cases: [
      { at, facts: buying(latte(2)), expect: 'passed', faceFen: 2000, netFen: 4000 },
      { at, facts: buying(latte(1, 900)), expect: 'rejected' },
    ],
  },
  {
    title: 'A set of two, a latte and a cake, for 39.90',
    value: {
      codeConfigList: ['111', '333'],
      checkExpression: 'groups[0].qty >= 1 && groups[1].qty >= 1',
      returnExpression: '[1, 1]',
      setMealFixedAmount: '39.90',
    },
    cases: [
      { at, facts: buying(latte(1), cake(2)), expect: 'passed', faceFen: 1010, netFen: 5990 },
      { at, facts: buying(latte(2)), expect: 'rejected' },
    ],
  },
  {
    title: 'Buy two, get the cheaper one',
    value: {
      codeType: 'type',
      codeConfigList: ['coffee'],
      checkExpression: 'groups[0].qty >= 2',
      returnExpression: '[groups[0].qty / 2]',
      fixedAmount: 0,
      sort: 'price/a',
    },
    cases: [
      { at, facts: buying(latte(1, 3000), latte(1, 2600)), expect: 'passed', faceFen: 2600, netFen: 3000 },
      { at, facts: buying(latte(1)), expect: 'rejected' },
    ],
  },
]
