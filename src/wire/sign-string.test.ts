import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinSorted } from './sign-string.ts'

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
