import type { Queryable } from './client.ts'
import type { Slice } from './proof-picture.ts'

type OddRow = { subject: string; expected: string; found: string }

/** What the ledger of a slice adds up to: `ledger paid <channel>` and `ledger taken <channel>`, in fen. */
export const ledgerSums = (sql: Queryable, lanes: readonly number[], { from, until }: Slice) => sql`
  select 'ledger ' || account || ' ' || channel_id as subject, sum(amount_fen)::bigint as amount, 0::bigint as weight
  from unnest(${[...lanes]}::int[]) l, lateral (
    select channel_id, case when 'cash' in (debit, credit) then 'paid' else 'taken' end as account,
      case when reason in ('paid_in', 'ordered') then amount_fen else -amount_fen end as amount_fen
    from ledger_entries where lane = l and at >= ${from} and at < ${until}) x
  group by 1`

/** The counters of prepaid balances. */
export async function readBalanceCounters(sql: Queryable) {
  return sql<{ key: string; used: number; max: number }[]>`
    select key, used, max from counters where key >= 'balance:' and key < 'balance;' order by key`
}

/**
 * Orders of a slice whose entries in the ledger do not say what they hold of their channel's balance now: what their coupons
 * took and did not give back, or what is taken while their supplier has not answered. Of one that failed that is nothing.
 */
export const ledgerOfOrder = (
  sql: Queryable,
  { lanes }: { lanes: readonly number[] },
  { from, until, firstNo, endNo }: Slice,
) => sql<OddRow[]>`
  select no as subject, held::text as expected, booked::text as found
  from unnest(${[...lanes]}::int[]) l, lateral (
    select o.no,
      (select coalesce(sum(case reason when 'ordered' then amount_fen else -amount_fen end), 0)
        from ledger_entries e where e.lane = o.lane and e.order_no = o.no) as booked,
      (select coalesce(sum((u ->> 1)::bigint), 0) from coupons c, jsonb_array_elements(c.uses) u
        where c.lane = o.lane and c.order_no = o.no and u ->> 0 = 'balance:' || o.channel_id) -
      (select coalesce(sum((u ->> 1)::bigint), 0) from coupons c, jsonb_array_elements(c.uses_returned) u
        where c.lane = o.lane and c.order_no = o.no and u ->> 0 = 'balance:' || o.channel_id) +
      (select coalesce(sum((u ->> 1)::bigint), 0) from supplier_requests r, jsonb_array_elements(r.uses) u
        where r.lane = o.lane and r.order_no = o.no and u ->> 0 = 'balance:' || o.channel_id) as held
    from orders o
    where o.lane = l and o.no >= ${firstNo} and o.no < ${endNo} and o.created_at >= ${from} and o.created_at < ${until}
      and exists (select from counters where key = 'balance:' || o.channel_id)) x
  where booked <> held limit 100`

/** Entries of a slice that name an order which is not there, or is not the channel's. */
export const ledgerCause = (sql: Queryable, { lanes }: { lanes: readonly number[] }, { from, until }: Slice) => sql<
  OddRow[]
>`
  select no || '/' || reason as subject, 'an order of channel ' || channel_id as expected, 'none' as found
  from unnest(${[...lanes]}::int[]) l, lateral (select * from ledger_entries
    where lane = l and at >= ${from} and at < ${until} and order_no is not null) e
  where not exists (select from orders o where o.lane = e.lane and o.no = e.order_no and o.channel_id = e.channel_id)
  limit 100`
