import { whaleRuleSpelling as spelling } from '../../../faces/whale/written-rule.ts'
import { describe, expect, it } from 'vitest'
import { hashCardNo, item, makeRule, rawRule, refusalOf } from '../../../../test/support/rules.ts'
import { parseRule, sealRuleValue } from '../index.ts'

const limit = (limitItems: unknown, more: Record<string, unknown> = {}) => ({
  limitWay: 'Q',
  limitType: 'W',
  limitItems,
  ...more,
})

describe('parseRule', () => {
  it('takes an object or a string of JSON, digits as numbers or strings, and the correct spellings', () => {
    const value = limit([item('T1', { limitMaxDay: '5' })])
    const { ruleScenceKey, ...raw } = rawRule('PosTidLimit', JSON.stringify(value), {
      ruleOrder: '3',
      isActive: '',
      remark: 'unknown',
    })
    const parsed = parseRule({ ...raw, ruleSceneKey: ruleScenceKey }, { id: '1', spelling })
    expect(parsed).toMatchObject({
      rule: { order: 3, isActive: true, isContinue: false, attachment: { kind: 'activity', itemId: 'A1' } },
    })
    expect(makeRule('SceneLimit', limit([item('verify')])).type.key).toBe('ScenceLimit')
  })

  it.each([
    ['t_sale_channel', 'channel'],
    ['SaleChannel', 'channel'],
    ['send_channel', 'supplier'],
    ['ticket', 'template'],
    ['activity', 'activity'],
  ])('knows the table %s for %s', (ruleScenceKey, kind) => {
    expect(makeRule('WeekTime', { weekDay: '1111111' }, { ruleScenceKey }).attachment.kind).toBe(kind)
  })

  it('takes ids and keys that are written as numbers', () => {
    const rule = makeRule('CityLimit', limit([item('1', { limitKey: 310_000 })]), { ruleSceneItemKey: 12_345 })
    expect(rule.attachment.itemId).toBe('12345')
    expect(rule.body.kind === 'limit' && [...rule.body.items.keys()]).toEqual(['310000'])
  })

  it('hangs a rule without an id on all of the kind', () => {
    expect(makeRule('WeekTime', { weekDay: '1111111' }, { ruleSceneItemKey: '' }).attachment.itemId).toBeNull()
  })

  it.each([
    ['ruleName', rawRule('WeekTime', { weekDay: '1111111' }, { ruleName: null })],
    ['messageTpl', rawRule('WeekTime', { weekDay: '1111111' }, { messageTpl: '' })],
    ['ruleKey', rawRule('Nonsense', {})],
    ['ruleScenceKey', rawRule('WeekTime', { weekDay: '1111111' }, { ruleScenceKey: 'moon' })],
    ['ruleScenceKey', rawRule('WeekTime', { weekDay: '1111111' }, { ruleScenceKey: 'shop', ruleScene: 'make' })],
    ['startTime', rawRule('WeekTime', { weekDay: '1111111' }, { startTime: '20260230000000' })],
    ['endTime', rawRule('WeekTime', { weekDay: '1111111' }, { endTime: '20190101000000' })],
    ['isActive', rawRule('WeekTime', { weekDay: '1111111' }, { isActive: 'yes' })],
    ['ruleOrder', rawRule('WeekTime', { weekDay: '1111111' }, { ruleOrder: 1.5 })],
    ['ruleValue', rawRule('WeekTime', '{"weekDay"')],
    ['ruleValue', rawRule('WeekTime', undefined)],
    ['ruleValue.weekDay', rawRule('WeekTime', {})],
    ['ruleValue.limitWay', rawRule('CityLimit', { ...limit([item('1')]), limitWay: 'X' })],
    ['ruleValue.limitItems', rawRule('CityLimit', limit([]))],
    ['ruleValue.limitItems[1].limitMaxDay', rawRule('CityLimit', limit([item('1'), item('2', { limitMaxDay: -1 })]))],
    ['ruleValue.limitItems[0].limitMaxWeek', rawRule('CityLimit', limit([item('1', { limitMaxWeek: null })]))],
    ['ruleValue.limitItems[0].limitMaxYear', rawRule('CityLimit', limit([item('1', { limitMaxYear: 1.5 })]))],
    ['ruleValue.limitItems[0].endTime', rawRule('CityLimit', limit([item('1', { endTime: '20251231000000' })]))],
    ['ruleValue.limitItems[0].startTime', rawRule('CityLimit', limit([item('1', { startTime: '20260431000000' })]))],
    [
      'ruleValue.limitItems[0].weekTime.times',
      rawRule('CityLimit', limit([item('1', { weekTime: { weekDay: '1111111', times: '1' } })])),
    ],
    ['ruleValue.limitItems[1].limitKey', rawRule('CityLimit', limit([item('1'), item('1')]))],
    ['ruleValue.limitItems[0].limitKey', rawRule('CardNoLimit', limit([item('62258812345678AB')]))],
    ['ruleValue.limitItems[0].limitKey', rawRule('CardBinLimit', limit([item('62258')]))],
    ['ruleValue.limitItems[0].limitKey', rawRule('CardBinLimit', limit([item('622588')], { binSuffixNum: 4 }))],
    ['ruleValue.binPrefixNum', rawRule('CardBinLimit', limit([item('622588')], { binPrefixNum: 12 }))],
    ['ruleKey', rawRule('CardNoLimit', limit([item('*')]), { ruleScene: 'make' })],
    ['ruleKey', rawRule('BuyGet', { amountOff: 1 }, { ruleScene: 'make' })],
    ['ruleValue.amountOff', rawRule('BuyGet', { amountOff: '-1' })],
    ['ruleValue.discountOff', rawRule('BuyGet', { discountOff: 8 })],
    ['ruleValue.codeConfigList', rawRule('BuyGet', { codeConfigList: '111,222' })],
    ['ruleValue.codeConfigList', rawRule('BuyGet', { codeConfigList: ['111', '222,111'] })],
    ['ruleValue.codeType', rawRule('BuyGet', { codeType: 'colour' })],
    ['ruleValue.superposition', rawRule('BuyGet', { amountOff: 1, superposition: 1 })],
    ['ruleValue.superposition', rawRule('BuyGet', { discountOff: 0.8, limitMinAmount: 10, superposition: 1 })],
    ['ruleValue.sort', rawRule('BuyGet', { sort: 'name/a' })],
    ['ruleValue.checkExpression', rawRule('BuyGet', { checkExpression: 'groups[0].qty >' })],
    ['ruleValue.returnExpression', rawRule('BuyGet', { returnExpression: 'true' })],
  ])('refuses %s, naming the field (%#)', (field, raw) => {
    expect(refusalOf(raw)?.field).toBe(field)
  })

  it.each([
    [null],
    [[]],
    ['text'],
    [7],
    [JSON.parse(`{"ruleValue":${'['.repeat(5000)}${']'.repeat(5000)}}`) as unknown],
  ])('refuses what is no rule', (raw) => {
    expect(refusalOf(raw)).toBeDefined()
  })

  it('says that a missing field is missing', () => {
    expect(refusalOf(rawRule('WeekTime', {}))).toEqual({ field: 'ruleValue.weekDay', message: 'is missing' })
  })
})

describe('sealRuleValue', () => {
  const cardNo = '6225881234567888'
  const value = limit([item(cardNo, { limitMaxDay: 1 }), item('*')])

  function sealed(ruleValue: unknown): unknown {
    const parsed = parseRule(rawRule('CardNoLimit', ruleValue), { id: '1', spelling, hashCardNo })
    if ('refusal' in parsed) throw new Error(JSON.stringify(parsed.refusal))
    return sealRuleValue(parsed.head, hashCardNo)
  }

  it('keeps of listed card numbers six and four digits and the hash', () => {
    const kept = sealed(JSON.stringify(value))
    expect(JSON.stringify(kept)).toContain(`622588******7888#${hashCardNo(cardNo)}`)
    expect(JSON.stringify(kept)).not.toContain(cardNo)
  })

  it('gives what parseRule takes again, without the hash’s key, for the same rule', () => {
    const parsed = parseRule(rawRule('CardNoLimit', sealed(value)), { id: '1', spelling })
    expect('rule' in parsed && parsed.rule.body.kind === 'limit' && [...parsed.rule.body.items.keys()]).toEqual([
      hashCardNo(cardNo),
    ])
    expect(parseRule(rawRule('CardNoLimit', value), { id: '1', spelling })).toMatchObject({
      refusal: { field: 'ruleValue.limitItems[0].limitKey' },
    })
  })
})
