import type { LaneLeaseRow } from '../db/lane-leases.ts'

/**
 * Which ranges a process is to hold from now on: what it has; what nobody holds, up to its share; and, where it has less
 * than its share, some of those who have more (they notice when they renew: two at one range do no harm, since every
 * row is claimed by itself). Pure.
 */
export function balanceRanges(leases: readonly LaneLeaseRow[], holder: string, now: Date): number[] {
  const isLive = (lease: LaneLeaseRow): boolean => lease.leasedUntil !== null && lease.leasedUntil > now
  const own = leases.filter((lease) => lease.holder === holder)
  const others = leases.filter((lease) => lease.holder !== holder && isLive(lease))
  const free = leases.filter((lease) => lease.holder !== holder && !isLive(lease))
  const holders = 1 + new Set(others.map((lease) => lease.holder)).size
  const taken = free.slice(0, Math.max(0, Math.ceil(leases.length / holders) - own.length))
  const missing = Math.floor(leases.length / holders) - own.length - taken.length
  const robbed = surplus(others, Math.floor(leases.length / holders)).slice(0, Math.max(0, missing))
  return [...own, ...taken, ...robbed].map((lease) => lease.rangeIndex)
}

/** What others hold beyond `share`, from the one that holds the most first. */
function surplus(others: readonly LaneLeaseRow[], share: number): LaneLeaseRow[] {
  const ofHolder = new Map<string | null, LaneLeaseRow[]>()
  for (const lease of others) ofHolder.set(lease.holder, [...(ofHolder.get(lease.holder) ?? []), lease])
  return [...ofHolder.values()].toSorted((a, b) => b.length - a.length).flatMap((held) => held.slice(share))
}
