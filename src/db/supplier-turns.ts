import type { Queryable } from './client/client.ts'

/** Whose turn it is, until when at most, so that the turn of a process that died goes to another one. */
export type SupplierTurn = { keyHash: Buffer; claimId: string; claimedUntil: Date }

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
