import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ambiguousField, joinSorted, makeNonce } from './sign-string.ts'

describe('joinSorted', () => {
  it('sorts by ASCII: digits, capitals, underscore, small letters', () => {
    const names = ['b', 'a_b', 'aB', 'ab', 'B', '_', '1', '10', '2', 'a']
    expect(joinSorted(names.map((name) => [name, 'x']))).toBe('1=x&10=x&2=x&B=x&_=x&a=x&aB=x&a_b=x&ab=x&b=x')
  })

  it('keeps empty values unless told otherwise', () => {
    const fields = Object.entries({ b: '', a: '1', c: '2' })
    expect(joinSorted(fields)).toBe('a=1&b=&c=2')
    expect(joinSorted(fields, { isEmptyKept: true })).toBe('a=1&b=&c=2')
    expect(joinSorted(fields, { isEmptyKept: false })).toBe('a=1&c=2')
  })

  it('leaves values raw', () => {
    expect(joinSorted(new Map([['u', 'https://a.b/?c=d&e=%20 券+']]))).toBe('u=https://a.b/?c=d&e=%20 券+')
  })

  it('makes an empty text of no fields', () => {
    expect(joinSorted([])).toBe('')
    expect(joinSorted([['a', '']], { isEmptyKept: false })).toBe('')
  })

  it('does not depend on the order that the fields come in, and leaves them as they were', () => {
    const distinct = fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([name]) => name })
    fc.assert(
      fc.property(distinct, (fields) => {
        const before = JSON.stringify(fields)
        expect(joinSorted(fields.toReversed())).toBe(joinSorted(fields))
        expect(JSON.stringify(fields)).toBe(before)
      }),
    )
  })
})

describe('makeNonce', () => {
  it('makes 12 letters and digits, or as many as asked for', () => {
    expect(makeNonce()).toMatch(/^[A-Za-z0-9]{12}$/)
    expect(makeNonce(32)).toMatch(/^[A-Za-z0-9]{32}$/)
    expect(makeNonce(0)).toBe('')
  })

  it('does not repeat itself', () => {
    const nonces = Array.from({ length: 1000 }, () => makeNonce())
    expect(new Set(nonces).size).toBe(1000)
  })

  it('uses each of the 62 characters about as often as any other', () => {
    const counts = new Map<string, number>()
    for (const character of makeNonce(62_000)) counts.set(character, (counts.get(character) ?? 0) + 1)
    // 1000 are expected of each, give or take 32: eight times that never happens by chance, but a bias of 25% is seen.
    expect(counts.size).toBe(62)
    expect(Math.min(...counts.values())).toBeGreaterThan(750)
    expect(Math.max(...counts.values())).toBeLessThan(1250)
  })
})

it('fields of which none is ambiguous share their text with no others, however else that could be read', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '&', '=', '1'), maxLength: 6 })
  const pieces = fc.array(fc.tuple(fc.boolean(), fc.nat(4)), { minLength: 12, maxLength: 12 })
  fc.assert(
    fc.property(fc.dictionary(text, text, { minKeys: 1, maxKeys: 4 }), pieces, (fields, choices) => {
      const left = Object.entries(fields)
      const signed = joinSorted(left)
      const right = readOtherwise(signed, choices)
      fc.pre(right !== undefined && joinSorted(right) === signed)
      if (ambiguousField(left) !== undefined || ambiguousField(right) !== undefined) return
      expect(Object.fromEntries(right)).toEqual(fields)
    }),
    { numRuns: 2_000, maxSkipsPerRun: 1_000 },
  )
})

/** Other fields that could have that text: not every & parts two, and not the first = ends a name. */
function readOtherwise(text: string, choices: readonly [boolean, number][]): [string, string][] | undefined {
  const [first = '', ...others] = text.split('&')
  const parts = others.reduce<string[]>(
    (all, part, i) => (choices[i]?.[0] === true ? [...all.slice(0, -1), `${all.at(-1)}&${part}`] : [...all, part]),
    [first],
  )
  const pairs = parts.map((part, i): [string, string] | undefined => {
    const ends = Array.from(part).flatMap((character, at) => (character === '=' ? [at] : []))
    const end = ends[(choices[i]?.[1] ?? 0) % Math.max(1, ends.length)]
    return end === undefined ? undefined : [part.slice(0, end), part.slice(end + 1)]
  })
  return pairs.every((pair) => pair !== undefined) ? pairs : undefined
}
