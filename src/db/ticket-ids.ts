import type { Tx } from './client/client.ts'

/**
 * Takes numbers for pairs of activity and template, above `highest` (the highest there is), and returns the first. What
 * was taken is never given again, whatever became of its pair: channels keep ordering by the number that they know.
 */
export async function takeTicketIds(tx: Tx, amount: number, highest: number): Promise<number> {
  const rows = await tx<{ used: number }[]>`
    insert into counters (key, used) values ('tickets', ${highest}::bigint + ${amount}::bigint)
    on conflict (key) do update set used = greatest(counters.used, ${highest}::bigint) + ${amount}::bigint
    returning used`
  return rows[0]!.used - amount + 1
}
