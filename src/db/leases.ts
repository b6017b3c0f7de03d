import type { Tx, Queryable } from './client/client.ts'

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

/** Whose turn it is, until when at most, so that the turn of a process that died goes to another one. */
type SupplierTurn = { keyHash: Buffer; claimId: string; claimedUntil: Date }

/** Takes a turn, if nobody has it now; says whether. */
export async function takeSupplierTurn(
  sql: Queryable,
  { keyHash, claimId, claimedUntil }: SupplierTurn,
  now: Date,
): Promise<boolean> {
  const taken = await sql`
    insert into supplier_turns as t (key_hash, claim_id, claimed_until)
    values (${keyHash}, ${claimId}::uuid, ${claimedUntil})
    on conflict (key_hash) do update set claim_id = excluded.claim_id, claimed_until = excluded.claimed_until
      where t.claimed_until <= ${now}`
  return taken.count === 1
}

/** Gives a turn up. One that has run out and is somebody else's now stays theirs. */
export async function leaveSupplierTurn(
  sql: Queryable,
  { keyHash, claimId }: Pick<SupplierTurn, 'keyHash' | 'claimId'>,
): Promise<void> {
  await sql`delete from supplier_turns where key_hash = ${keyHash} and claim_id = ${claimId}::uuid`
}

/** Forgets turns that processes left behind which died, and for whose keys nobody came since. */
export async function deleteEndedTurns(sql: Queryable, before: Date): Promise<number> {
  return (await sql`delete from supplier_turns where claimed_until < ${before}`).count
}
