import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LaneLeaseRow } from '../db/leases.ts'
import { balanceRanges } from './lane-holder.ts'

const now = new Date('2026-03-01T00:00:00Z')
const later = new Date(now.getTime() + 15_000)
const heldBy = (holders: (string | null)[], leasedUntil = later): LaneLeaseRow[] =>
  holders.map((holder, rangeIndex) => ({ rangeIndex, holder, leasedUntil: holder === null ? null : leasedUntil }))

function afterTurn(leases: LaneLeaseRow[], holder: string): LaneLeaseRow[] {
  const ranges = new Set(balanceRanges(leases, holder, now))
  return leases.map((lease) =>
    ranges.has(lease.rangeIndex)
      ? { ...lease, holder, leasedUntil: later }
      : { ...lease, holder: lease.holder === holder ? null : lease.holder },
  )
}

describe('ranges of lanes', () => {
  it('are all taken by the only process', () => {
    expect(balanceRanges(heldBy(Array.from({ length: 16 }, () => null)), 'a', now)).toHaveLength(16)
  })

  it('are taken over from a process whose leases have run out', () => {
    expect(balanceRanges(heldBy(['a', 'b', 'b', 'a'], now), 'a', now)).toHaveLength(4)
  })

  it('are given up to a newcomer by those who have more than their share', () => {
    expect(balanceRanges(heldBy(['a', 'a', 'a', 'a', 'a', 'b']), 'c', now)).toHaveLength(2)
  })

  it('are all held, and evenly, once each of any number of processes has had two turns', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.array(fc.integer({ min: 0, max: 15 })), (processes, history) => {
        const names = Array.from({ length: processes }, (_, i) => `process ${i}`)
        const turns = [...history.map((i) => names[i % processes]!), ...names, ...names, ...names]
        const leases = turns.reduce(afterTurn, heldBy(Array.from({ length: 16 }, () => null)))
        const counts = names.map((name) => leases.filter(({ holder }) => holder === name).length)
        expect(counts.reduce((sum, count) => sum + count)).toBe(16)
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.floor(16 / processes))
      }),
    )
  })
})
