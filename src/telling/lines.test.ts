import { describe, expect, it } from 'vitest'
import { createLines } from './lines.ts'

describe('lines', () => {
  it('move in order, each by itself', () => {
    const lines = createLines<string>()
    for (const one of ['a1', 'b1', 'a2', 'b2']) lines.join(one[0]!, one)
    const served: string[] = []
    lines.advance((one) => one.startsWith('b') && served.push(one) > 0)
    expect(served).toEqual(['b1', 'b2'])
    expect(lines.isEmpty('b')).toBe(true)
    expect(lines.empty()).toEqual(['a1', 'a2'])
    expect(lines.length()).toBe(0)
  })

  it('pass over who has left', () => {
    const lines = createLines<string>()
    for (const one of ['a1', 'a2', 'a3']) lines.join('a', one)
    expect([lines.leave('a1'), lines.leave('a1'), lines.length()]).toEqual([true, false, 2])
    const served: string[] = []
    lines.advance((one) => one === 'a2' && served.push(one) > 0)
    expect(served).toEqual(['a2'])
    expect(lines.empty()).toEqual(['a3'])
  })
})
