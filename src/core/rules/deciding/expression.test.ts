import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { prepareExpression } from './expression.ts'

const groups = [
  { qty: 2, amountFen: 6000 },
  { qty: 1, amountFen: 2000 },
]
const cart = { qty: 4, amountFen: 9000 }
const evaluate = (text: string, types = ['bool', 'int', 'list<int>'], groupCount = 2) =>
  prepareExpression(text, types, groupCount).evaluate(groups, cart)

describe('an expression', () => {
  it.each([
    ['groups[0].qty >= 2 && cart.amountFen - groups[0].amountFen == 3000', true],
    ['groups.all(g, g.qty > 1)', false],
    ['groups.exists(g, g.qty in [1, 7])', true],
    ['size(groups) + groups.filter(g, g.qty > 1).size()', 3n],
    ['groups.map(g, g.qty > 1 ? g.qty / 2 : 0)', [1n, 0n]],
    ['[cart.qty % 3, -1]', [1n, -1n]],
  ])('computes %s', (text, value) => {
    expect(evaluate(text)).toEqual(value)
  })

  it.each([
    ['a field that does not exist', 'groups[0].qyt > 1'],
    ['a group that does not exist', 'groups[2].qty > 1'],
    ['an unknown name', 'basket.qty > 1'],
    ['a fraction', 'groups[0].qty > 1.5'],
    ['a text', 'groups[0].qty > "1"'],
    ['a pattern', '"a".matches("(a+)+$")'],
    ['another call', 'string(cart.qty) == "1"'],
    ['a list of lists', 'groups.map(g, [g.qty]).size() > 0'],
    ['a sum of lists', '(groups + groups).size() > 0'],
    ['a map', '{1: 2}[1] > 0'],
    ['three comprehensions inside one another', 'groups.all(a, groups.all(b, groups.all(c, true)))'],
    ['what lies behind the objects', 'cart.constructor == 1'],
    ['a test for a field', 'has(cart.qty)'],
    ['half an expression', 'groups[0].qty >'],
    ['nothing', ''],
    ['too deep a nesting', `${'('.repeat(30)}true${')'.repeat(30)}`],
    ['too many nodes', `cart.qty > ${Array.from({ length: 200 }, () => '1').join(' + ')}`],
    ['too long a text', ' '.repeat(2001)],
  ])('is refused for %s', (_, text) => {
    expect(() => evaluate(text, ['bool'])).toThrow()
  })

  it('is refused when it could take too many steps', () => {
    const list = `[${Array.from({ length: 100 }, (_, index) => index).join(', ')}]`
    expect(() => evaluate(`${list}.all(a, ${list}.all(b, a + b >= 0))`, ['bool'])).toThrow('steps')
    expect(() => evaluate('groups.all(a, groups.all(b, a.qty + b.qty >= 0))', ['bool'], 50)).toThrow('steps')
  })

  it('that only compares sums says what CEL says', () => {
    const number = fc.oneof(
      fc.constantFrom('cart.qty', 'cart.amountFen', 'groups[0].qty', 'groups[1].amountFen', 'groups[1].qty'),
      fc.constantFrom('0', '1', '2', '9000', '9223372036854775807', '-1', 'cart.qty - 3'),
    )
    const compared = fc
      .tuple(number, fc.constantFrom('<', '<=', '>', '>=', '==', '!='), number)
      .map((parts) => parts.join(' '))
    const { bool } = fc.letrec<{ bool: string }>((tie) => ({
      bool: fc.oneof(
        { maxDepth: 4 },
        compared,
        fc.tuple(tie('bool'), fc.constantFrom('&&', '||'), tie('bool')).map(([a, by, b]) => `(${a}) ${by} (${b})`),
      ),
    }))
    const sums = fc.record({ qty: fc.nat(3), amountFen: fc.constantFrom(0, 9000, 10 ** 13) })
    fc.assert(
      fc.property(bool, fc.tuple(sums, sums), sums, (text, groups, cart) => {
        const asked = (text: string) => prepareExpression(text, ['bool'], 2).evaluate(groups, cart)
        // A choice is no comparison, so CEL itself evaluates it.
        expect(asked(text)).toBe(asked(`(${text}) ? true : false`))
      }),
      { numRuns: 500 },
    )
  })

  it('that fails gives its Error instead of throwing it', () => {
    expect(evaluate('1 / (cart.qty - 4) > 0')).toBeInstanceOf(Error)
    expect(evaluate('groups[cart.qty].qty > 0')).toBeInstanceOf(Error)
    expect(evaluate('9223372036854775807 + cart.qty > 0')).toBeInstanceOf(Error)
  })

  it('of any text is refused or costs little beside a yardstick of the same moment, and never throws when it runs', () => {
    const number = fc.constantFrom(
      '1',
      '0',
      '9223372036854775807',
      'cart.qty',
      'groups[0].qty',
      'groups[cart.qty].amountFen',
      'size(groups)',
      'g.qty',
    )
    const { bool } = fc.letrec<{ bool: string; int: string; list: string }>((tie) => ({
      int: fc.oneof(
        { maxDepth: 5 },
        number,
        fc
          .tuple(tie('int'), fc.constantFrom('+', '-', '*', '/', '%'), tie('int'))
          .map((parts) => `(${parts.join(' ')})`),
        tie('list').map((list) => `${list}.size()`),
      ),
      list: fc.oneof(
        { maxDepth: 5 },
        fc.constant('groups'),
        fc.array(tie('int'), { maxLength: 6 }).map((ints) => `[${ints.join(', ')}]`),
        fc.tuple(tie('list'), tie('int')).map(([list, int]) => `${list}.map(g, ${int})`),
      ),
      bool: fc.oneof(
        { maxDepth: 5 },
        fc.tuple(tie('int'), tie('int')).map(([a, b]) => `${a} <= ${b}`),
        fc.tuple(tie('list'), tie('bool')).map(([list, bool]) => `${list}.all(g, ${bool})`),
        fc.tuple(tie('bool'), tie('bool')).map(([a, b]) => `(${a}) && (${b})`),
      ),
    }))
    const many = Array.from({ length: 50 }, () => ({ qty: 3, amountFen: 100 }))
    let runs = 0
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: bool }, { weight: 1, arbitrary: fc.string() }), (text) => {
        const prepared = tryTo(() => prepareExpression(text, ['bool'], 50))
        if (prepared === undefined) return
        runs += 1
        expect(fastest(() => prepared.evaluate(many, cart))).toBeLessThan(most * fastest(yardstick))
      }),
      { numRuns: 400 },
    )
    expect(runs).toBeGreaterThan(20)
  })

  it('of the greatest cost that is taken costs little beside a yardstick of the same moment', () => {
    const list = (length: number) => `[${Array.from({ length }, (_, index) => index).join(', ')}]`
    const prepared = prepareExpression(`${list(35)}.all(a, ${list(30)}.all(b, a + b >= 0))`, ['bool'], 1)
    expect(prepared.evaluate(groups, cart)).toBe(true)
    expect(fastest(() => prepared.evaluate(groups, cart))).toBeLessThan(most * fastest(yardstick))
  })
})

// Its steps take about a millisecond where nothing else is done: whatever the machine does meanwhile, it does to both.
const most = 10
function yardstick(): number {
  let sum = 0
  for (let step = 0; step < 150_000; step += 1) sum = (sum * 31 + step) % 1_000_003
  return sum
}

/** How long something takes, in milliseconds: the fastest of five. */
function fastest(act: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const begun = performance.now()
    act()
    return performance.now() - begun
  })
  return Math.min(...times)
}

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
