import { randomUUID } from 'node:crypto'
import { laneCount, lanes } from '../core/numbers/lanes.ts'
import { lockLaneLeases, writeLaneLeases } from '../db/lane-leases.ts'
import type { Hub } from '../hub.ts'
import { balanceRanges } from './lane-balance.ts'

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
