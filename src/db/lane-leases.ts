import type { Tx } from './client/client.ts'

/** Who works on a range of lanes, and until when. A lease that has run out is anyone's. */
export type LaneLeaseRow = { rangeIndex: number; holder: string | null; leasedUntil: Date | null }

/** Reads all leases, so that nobody else changes them until this transaction ends. Makes the rows at first. */
export async function lockLaneLeases(tx: Tx, ranges: number): Promise<LaneLeaseRow[]> {
  const lock = (): Promise<LaneLeaseRow[]> =>
    tx<LaneLeaseRow[]>`select * from lane_leases order by range_index for update`.then((rows) => [...rows])
  const rows = await lock()
  if (rows.length >= ranges) return rows
  await tx`
    insert into lane_leases (range_index) select g from generate_series(0, ${ranges - 1}::int) g
    on conflict (range_index) do nothing`
  return lock()
}

/** Makes these ranges the holder's until then, and gives up all others that it had. */
export async function writeLaneLeases(tx: Tx, holder: string, ranges: readonly number[], until: Date): Promise<void> {
  await tx`
    update lane_leases set
      holder = case when range_index = any(${[...ranges]}::int[]) then ${holder} end,
      leased_until = case when range_index = any(${[...ranges]}::int[]) then ${until}::timestamptz end
    where holder = ${holder} or range_index = any(${[...ranges]}::int[])`
}
