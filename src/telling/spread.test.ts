import { describe, expect, it } from 'vitest'
import { createSpread } from './spread.ts'

const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1) + seconds * 1000)

describe('what has to wait for an address', () => {
  it('comes back as fast as the address can take it', () => {
    const spread = createSpread(10)
    for (let i = 0; i < 200; i++) spread.observe('http://slow', 10_000)
    const turns = [1, 2, 3].map(() => spread.next('http://slow', at(0)).getTime() - at(0).getTime())
    expect(turns.map((turn) => Math.round(turn / 100) * 100)).toEqual([0, 1_000, 2_000])
    expect(spread.next('http://other', at(0))).toEqual(at(0))
  })

  it('comes back within a minute, however much there is', () => {
    const spread = createSpread(1)
    for (let i = 0; i < 200; i++) spread.observe('http://slow', 10_000)
    for (let i = 0; i < 100; i++) spread.next('http://slow', at(0))
    expect(spread.next('http://slow', at(0))).toEqual(at(60))
    expect(spread.next('http://slow', at(300))).toEqual(at(300))
  })
})
