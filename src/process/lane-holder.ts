import { randomUUID } from 'node:crypto'
import { laneCount, lanes } from '../core/numbers/numbers.ts'
import { lockLaneLeases, writeLaneLeases, type LaneLeaseRow } from '../db/leases.ts'
import type { Hub } from '../hub.ts'

export type LaneHolder = {
  /** The lanes on which this process works now. Renews its leases when it is time. Rejects where the database does. */
  lanes: () => Promise<readonly number[]>
  /** Lets others have them at once: for a process that stops. */
  release: () => Promise<void>
}

const rangeCount = 16
const lanesPerRange = laneCount / rangeCount
const leaseSeconds = 15
const renewSeconds = 5

/** Shares the lanes with the other processes of the database: 16 ranges, held by leases of 15 seconds. */
export function createLaneHolder(
  { database, now }: Pick<Hub, 'database' | 'now'>,
  holder = randomUUID() as string,
): LaneHolder {
  let held: readonly number[] = []
  let renewAt = new Date(0)
  let renewing: Promise<void> | undefined

  async function renew(): Promise<void> {
    const at = now()
    const until = new Date(at.getTime() + leaseSeconds * 1000)
    const ranges = await database.transaction(async (tx) => {
      const next = balanceRanges(await lockLaneLeases(tx, rangeCount), holder, at)
      await writeLaneLeases(tx, holder, next, until)
      return next
    })
    held = ranges.flatMap((index) => lanes.slice(index * lanesPerRange, (index + 1) * lanesPerRange))
    renewAt = new Date(at.getTime() + renewSeconds * 1000)
  }

  return {
    lanes: async () => {
      if (now() < renewAt) return held
      renewing ??= renew().finally(() => (renewing = undefined))
      await renewing
      return held
    },
    release: async () => {
      await renewing
      held = []
      renewAt = new Date(0)
      await database.transaction((tx) => writeLaneLeases(tx, holder, [], now()))
    },
  }
}

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
