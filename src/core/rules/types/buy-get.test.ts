import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at, makeRule, refusalOf, rawRule, verifying } from '../../../../test/support/rules.ts'
import { decideRules, shareByLine, type Good, type Rule } from '../index.ts'

const now = at('2026-11-22 10:00:00')
const buyGet = (value: Record<string, unknown>, head: Record<string, unknown> = {}) => makeRule('BuyGet', value, head)
const good = (sku: string, qty: number, priceFen: number): Good => ({ sku, qty, priceFen })
const decide = (rules: Rule[], goods: Good[], more = {}) =>
  decideRules(rules, verifying({ goods, ...more }), new Map(), now)

function discountOf(rules: Rule[], goods: Good[], more = {}) {
  const decided = decide(rules, goods, more)
  return decided.verdict === 'passed' ? decided.discount : undefined
}

describe('BuyGet', () => {
  it('gives the first of the discounts that are given', () => {
    const all = { setMealFixedAmount: 10, fixedAmount: 20, amountOff: 3, discountOff: 0.5 }
    const given = Object.keys(all).map((_, index) => Object.fromEntries(Object.entries(all).slice(index)))
    const faces = given.map((value) => discountOf([buyGet(value)], [good('1', 2, 3000)])?.faceFen)
    expect(faces).toEqual([5000, 2000, 300, 3000])
  })

  it.each([
    [0, 100, 2000],
    [1, 100, 4000],
    [2, 100, 4000],
    [1, 80, 6000],
    [2, 80, 4000],
    [undefined, 100, 2000],
  ])('stacks with superposition %j over %j yuan to %j fen', (superposition, limitMinAmount, faceFen) => {
    const rule = buyGet({ amountOff: 20, superposition, limitMinAmount })
    expect(discountOf([rule], [good('1', 1, 25_000)])?.faceFen).toBe(faceFen)
  })

  it('works out net and reduction from what is given', () => {
    const net = (value: object) => discountOf([buyGet({ amountOff: 5, ...value })], [good('1', 1, 3000)])
    expect(net({})).toMatchObject({ faceFen: 500, netFen: 2500, reduceFen: 500, merchantFen: 0 })
    expect(net({ faceValue: 6 })).toMatchObject({ faceFen: 600, netFen: 2400, reduceFen: 600 })
    expect(net({ netRadio: 0.9 })).toMatchObject({ faceFen: 500, netFen: 2700 })
    expect(net({ netValue: 20, netRadio: 0.9, reduceValue: 4 })).toMatchObject({ netFen: 2000, reduceFen: 400 })
    expect(net({ isMerchant: 'Y', cashierCode: 'C1' })).toMatchObject({ merchantFen: 500, cashierCodes: ['C1'] })
  })

  it('takes never more off than the matched goods cost', () => {
    const rule = buyGet({ codeConfigList: ['1'], amountOff: 50 })
    expect(discountOf([rule], [good('1', 1, 3000), good('2', 1, 9000)])).toMatchObject({ faceFen: 3000, netFen: 9000 })
    expect(discountOf([buyGet({ faceValue: 50 })], [good('1', 1, 3000)])?.faceFen).toBe(3000)
  })

  it('uses goods once: what one rule gave a discount on is gone for the next', () => {
    const one = buyGet({ codeConfigList: ['1'], returnExpression: '1', fixedAmount: 10 }, { id: '1' })
    const two = buyGet({ discountOff: 0.8 }, { id: '2' })
    expect(discountOf([one, two], [good('1', 2, 3000)])).toMatchObject({ faceFen: 2600, netFen: 3400 })
    expect(decide([two, one], [good('1', 2, 3000)]).verdict).toBe('rejected')
  })

  it('that only checks leaves the discount to the coupon', () => {
    const rule = buyGet({ codeConfigList: ['1'] })
    expect(discountOf([rule], [good('1', 1, 3000)])).toBeNull()
    expect(decide([rule], [good('2', 1, 3000)]).verdict).toBe('rejected')
  })

  it('falls on the cheapest pieces first, or as sort says', () => {
    const goods = [good('1', 1, 3000), good('2', 2, 1000), good('3', 1, 2000)]
    const face = (sort?: string) =>
      discountOf([buyGet({ returnExpression: '3', fixedAmount: 0, sort })], goods)?.faceFen
    expect([face(), face('price/a'), face('price/d')]).toEqual([4000, 4000, 6000])
  })

  it.each(['[1, 1, 1]', '[100]', '100', '[0]', '-1', '[groups[0].qty / (cart.qty - cart.qty)]'])(
    'takes any number of pieces that returnExpression gives: %s',
    (returnExpression) => {
      const decided = decide([buyGet({ returnExpression, discountOff: 0.5 })], [good('1', 2, 1000)])
      expect(['passed', 'rejected']).toContain(decided.verdict)
      if (decided.verdict === 'passed') expect(decided.discount?.faceFen).toBeLessThanOrEqual(1000)
    },
  )

  it('names what the request lacks', () => {
    const reason = (value: object, facts = {}) =>
      decideRules([buyGet(value as Record<string, unknown>)], verifying(facts), new Map(), now)
    expect(reason({ amountOff: 1 })).toMatchObject({ reason: expect.stringContaining('cashTotalAmount') as string })
    expect(reason({ fixedAmount: 1 }, { cartAmountFen: 100 })).toMatchObject({
      reason: expect.stringContaining('goodsDetail') as string,
    })
    const goods = Array.from({ length: 201 }, () => good('1', 1, 1))
    expect(reason({ amountOff: 1 }, { goods })).toMatchObject({ reason: expect.stringContaining('200') as string })
  })

  const goods = fc.array(
    fc.record({
      sku: fc.constantFrom('1', '2', '3', '4'),
      type: fc.constantFrom('a', 'b'),
      qty: fc.integer({ min: 1, max: 5 }),
      priceFen: fc.constantFrom(0, 1, 333, 999, 1000, 1000, 2599),
    }),
    { minLength: 1, maxLength: 12 },
  )
  const values = fc.record(
    {
      codeConfigList: fc.constantFrom(['1,2', '3'], ['1'], ['4', '1,2,3']),
      returnExpression: fc.constantFrom('[1]', '[groups[0].qty / 2]', 'groups.map(g, g.qty - 1)', '[2, 2]'),
      sort: fc.constantFrom('price/a', 'price/d'),
      setMealFixedAmount: fc.constantFrom(0, 9.99, 30),
      fixedAmount: fc.constantFrom(0, 3.33),
      amountOff: fc.constantFrom(0.01, 5, 100),
      discountOff: fc.constantFrom(0, 0.333333, 0.85, 1),
      faceValue: fc.constantFrom(0.01, 50),
      limitMinAmount: fc.constantFrom(0.01, 10),
    },
    { requiredKeys: [] },
  )

  it('gives discounts that never exceed the matched amount and add up to the fen', () => {
    fc.assert(
      fc.property(goods, fc.array(values, { minLength: 1, maxLength: 3 }), (goods, values) => {
        const rules = values.filter((value) => refusalOf(rawRule('BuyGet', value)) === undefined)
        const decided = decide(
          rules.map((value, index) => buyGet(value, { id: String(index + 1), isContinue: 'Y' })),
          goods,
        )
        if (decided.verdict !== 'passed' || decided.discount === null) return
        const { faceFen, netFen, rules: given } = decided.discount
        const cartFen = goods.reduce((sum, { qty, priceFen }) => sum + qty * priceFen, 0)
        const left = goods.map(({ qty }) => qty)
        for (const discount of given) {
          const shares = shareByLine({ goods, hasGoods: true }, discount)
          expect(shares.reduce((sum, { discountFen }) => sum + discountFen, 0)).toBe(discount.faceFen)
          for (const { line, qty, discountFen } of shares) {
            expect(discountFen).toBeGreaterThanOrEqual(0)
            expect(discountFen).toBeLessThanOrEqual(qty * goods[line]!.priceFen)
            left[line]! -= qty
          }
        }
        expect(Math.min(...left)).toBeGreaterThanOrEqual(0)
        expect(given.reduce((sum, discount) => sum + discount.faceFen, 0)).toBe(faceFen)
        expect(faceFen + netFen).toBe(cartFen)
      }),
      { numRuns: 300 },
    )
  })

  it('does not change with the order in which equal goods are listed', () => {
    fc.assert(
      fc.property(goods, values, fc.infiniteStream(fc.nat()), (goods, value, keys) => {
        fc.pre(refusalOf(rawRule('BuyGet', value)) === undefined)
        const shuffled = goods
          .map((good) => ({ good, key: keys.next().value as number }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ good }) => good)
        const amounts = (goods: Good[]) => {
          const first = buyGet(value, { id: '1', isContinue: 'Y' })
          const decided = decide(
            [first, buyGet({ codeConfigList: ['2'], discountOff: 0.5 }, { id: '2', isContinue: 'Y' })],
            goods,
          )
          if (decided.verdict !== 'passed' || decided.discount === null) return decided.verdict
          const { faceFen, netFen, reduceFen } = decided.discount
          return [faceFen, netFen, reduceFen]
        }
        expect(amounts(shuffled)).toEqual(amounts(goods))
      }),
    )
  })

  it('never throws, whatever the cart', () => {
    const strange = fc.record({
      sku: fc.option(fc.string(), { nil: undefined }),
      qty: fc.oneof(fc.integer(), fc.double()),
      priceFen: fc.oneof(fc.maxSafeInteger(), fc.double()),
    })
    const rule = buyGet({
      codeConfigList: ['1', '__proto__'],
      checkExpression: 'groups.exists(g, g.qty > 0)',
      discountOff: 0.8,
    })
    fc.assert(
      fc.property(
        fc.array(strange, { maxLength: 250 }),
        fc.option(fc.double(), { nil: undefined }),
        (goods, cartAmountFen) => {
          expect(['passed', 'rejected']).toContain(decide([rule], goods as Good[], { cartAmountFen }).verdict)
        },
      ),
    )
  })
})
