import { describe, expect, it } from 'vitest'
import { makeNonce } from './nonce.ts'

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
