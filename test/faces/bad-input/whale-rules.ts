import { item } from '../../support/rules.ts'
import type { Case } from './case.ts'
import { Token, wrongField } from './whale-requests.ts'

const limit = (value: object) => ({
  limitWay: 'Q',
  limitType: 'W',
  limitItems: [item('T1', { limitMaxDay: 1 })],
  ...value,
})
const limitItem = (path: string, value: unknown, why: string): Case =>
  wrongField('createRule', `ruleValue.limitItems[0].${path}`, value, why)
const buyGet = (path: string, value: unknown, why: string): Case =>
  wrongField('createRule', `ruleValue.${path}`, value, why, { ruleKey: 'BuyGet', ruleValue: { amountOff: 1 } })

const nested = (depth: number): string => `${'('.repeat(depth)}1${')'.repeat(depth)} == 1`

/** Rules that cannot be understood, or hang on nothing. */
export const whaleRuleCases = (): Case[] => [
  ...['ruleScenceKey', 'ruleScene', 'ruleName', 'ruleKey', 'startTime', 'endTime', 'messageTpl'].flatMap((path) =>
    [undefined, null, '', true, {}].map((value) => wrongField('createRule', path, value, ': ')),
  ),
  ...['20260230000000', '20260301240000', 'x', -1].map((value) =>
    wrongField('createRule', 'startTime', value, ': must be a time that exists'),
  ),
  wrongField('createRule', 'endTime', '20190101000000', ': lies before startTime'),
  wrongField('createRule', 'ruleKey', 'NoSuchLimit', ': '),
  wrongField('createRule', 'ruleScenceKey', 'moon', ': '),
  wrongField('createRule', 'ruleOrder', 1.5, ': '),
  wrongField('createRule', 'isActive', 'y', ': must be Y or N'),
  wrongField('createRule', 'ruleValue.limitItems', [], ': is empty'),
  wrongField('createRule', 'ruleValue.limitWay', 'X', ': must be Q'),
  wrongField('createRule', 'ruleValue.limitType', 'X', ': must be W'),
  ...[-1, '-1', '1e3', '0x10', ' 1', '1.5', 1.5, new Token('12345678901234567'), true].map((value) =>
    limitItem('limitMaxDay', value, ': must be a whole number from 0'),
  ),
  limitItem('endTime', '20200101000000', ': lies before startTime'),
  limitItem('startTime', '20260230000000', ': must be a time that exists'),
  wrongField('createRule', 'ruleValue.limitItems[0].limitKey', '62258800abcd1234', ': ', {
    ruleKey: 'CardNoLimit',
    ruleValue: limit({}),
  }),
  ...['cart.qty >', 'cart.qty', '"a" + 1', 'unknown > 1', nested(200), `${'1+'.repeat(5_000)}1 == 1`].map((text) =>
    buyGet('checkExpression', text, ': '),
  ),
  ...['groups[0', 'true', '"x"'].map((text) => buyGet('returnExpression', text, ': ')),
  ...[-1, '1e3', '0x1', ' 1', 'x'].map((value) => buyGet('amountOff', value, ': must be an amount in yuan')),
  {
    ...wrongField('createRule', 'ruleSceneItemKey', 'NOBODY', ''),
    hears: '70 引用的资料不存在: ruleSceneItemKey: there is no activity NOBODY',
  },
]
