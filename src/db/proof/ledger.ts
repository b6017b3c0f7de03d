import type { Queryable } from '../client/client.ts'
import { madeInSlice, ofLanes, type Slice, mostOddRows, type OddRow, type ReadOdd } from './picture.ts'

/** What the ledger of a slice adds up to: `ledger paid <channel>` and `ledger taken <channel>`, in fen. */
export const readLedgerSums = async (sql: Queryable, lanes: readonly number[], { from, until }: Slice) => sql<
  { subject: string; amount: number; weight: number }[]
>`
  select 'ledger ' || account || ' ' || channel_id as subject, sum(amount_fen)::bigint as amount, 0::bigint as weight
  ${ofLanes(sql, lanes)}, lateral (
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
export const ledgerOfOrder: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, held::text as expected, booked::text as found
  ${ofLanes(sql, lanes)}, lateral (
    select o.no,
      (select coalesce(sum(case reason when 'ordered' then amount_fen else -amount_fen end), 0)
        from ledger_entries e where e.lane = o.lane and e.order_no = o.no) as booked,
      (select coalesce(sum((u ->> 1)::bigint), 0) from coupons c, jsonb_array_elements(c.uses) u
        where c.lane = o.lane and c.order_no = o.no and u ->> 0 = 'balance:' || o.channel_id) -
      (select coalesce(sum((u ->> 1)::bigint), 0) from coupons c, jsonb_array_elements(c.uses_returned) u
        where c.lane = o.lane and c.order_no = o.no and u ->> 0 = 'balance:' || o.channel_id) +
      (select coalesce(sum((u ->> 1)::bigint), 0) from supplier_requests r, jsonb_array_elements(r.uses) u
        where r.lane = o.lane and r.order_no = o.no and u ->> 0 = 'balance:' || o.channel_id) as held
    from (select * from orders where ${madeInSlice(sql, slice)}) o
    where exists (select from counters where key = 'balance:' || o.channel_id)) x
  where booked <> held limit ${mostOddRows}`

/** Entries of a slice that name an order which is not there, or is not the channel's. */
export const ledgerCause: ReadOdd = (sql, { lanes }, { from, until }) => sql<OddRow[]>`
  select no || '/' || reason as subject, 'an order of channel ' || channel_id as expected, 'none' as found
  ${ofLanes(sql, lanes)}, lateral (select * from ledger_entries
    where lane = l and at >= ${from} and at < ${until} and order_no is not null) e
  where not exists (select from orders o where o.lane = e.lane and o.no = e.order_no and o.channel_id = e.channel_id)
  limit ${mostOddRows}`
