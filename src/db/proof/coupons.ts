import type { Queryable } from '../client/client.ts'
import { couponsOfSlice, isWithin, ofLanes, redemptionsOfSlice, type Slice } from './picture.ts'
import { mostOddRows, type OddRow, type ReadOdd } from './rows.ts'

/** Coupons that were issued, redeemed or given back in the slice. */
const touched = (sql: Queryable, lanes: readonly number[], slice: Slice) => sql`
  (select x.* ${ofLanes(sql, lanes)}, lateral (select lane, source_id, serial from ${couponsOfSlice(sql, slice)} c) x
  union
  select x.* ${ofLanes(sql, lanes)}, lateral (select lane, source_id, serial from ${redemptionsOfSlice(sql, slice)} r) x
  union
  select x.* ${ofLanes(sql, lanes)}, lateral (select lane, source_id, serial from redemptions
    where lane = l and ${isWithin(sql, 'reversed_at', slice)}) x)`

/** Coupons that are used otherwise than their redemptions say. */
export const couponUses: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select t.lane || '/' || t.source_id || '/' || t.serial as subject, r.standing::text as expected,
    coalesce((c.use_times - c.uses_left)::text, 'no coupon') as found
  from ${touched(sql, lanes, slice)} t
    left join lateral (select use_times, uses_left from coupons
      where lane = t.lane and source_id = t.source_id and serial = t.serial limit 1) c on true,
    lateral (select count(*) as standing from redemptions
      where lane = t.lane and source_id = t.source_id and serial = t.serial and state = 'succeeded') r
  where (c.use_times - c.uses_left) is distinct from r.standing limit ${mostOddRows}`

/** Coupons that wait for a supplier's word which nobody asked for, and those that do not wait although it was asked for. */
export const couponBusy: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select t.lane || '/' || t.source_id || '/' || t.serial as subject,
    case when r.pending > 0 then 'redeeming' else 'not redeeming' end as expected, c.state as found
  from ${touched(sql, lanes, slice)} t,
    lateral (select state from coupons
      where lane = t.lane and source_id = t.source_id and serial = t.serial limit 1) c,
    lateral (select count(*) as pending from redemptions
      where lane = t.lane and source_id = t.source_id and serial = t.serial and state = 'pending') r
  where r.pending <> (c.state = 'redeeming')::int limit ${mostOddRows}`

/** Coupons with a number or in a lane that they were not given. */
export const couponNumber: ReadOdd = (sql, { lanes, indexes }, slice) => sql<OddRow[]>`
  select c.lane || '/' || c.source_id || '/' || c.serial as subject, 'a number that was handed out, in lane ' || i as expected,
    case when s.kind = 'space' then 'number ' || (c.serial >> 8) || ' in lane ' || (c.serial & 255)
      else coalesce('lane ' || p.lane, 'no imported code in a lane') end as found
  from unnest(${[...lanes]}::int[], ${[...indexes]}::int[]) x (l, i),
    lateral (select source_id, serial, lane from ${couponsOfSlice(sql, slice)} made) c
    join code_sources s on s.id = c.source_id
    left join lateral (select used from counters where key = 'numbers:' || c.source_id limit 1) n on true
    left join lateral (select m.lane from pool_codes q, imported_codes m
      where s.kind = 'pool' and q.source_id = c.source_id and q.number = c.serial and m.code_hash = q.code_hash
        and m.source_id = q.source_id and m.number = q.number limit 1) p on true
  where case when s.kind = 'space' then (c.serial >> 8) >= coalesce(n.used, 0) or (c.serial & 255) <> i
    else c.serial >= coalesce(n.used, 0) or p.lane is distinct from c.lane end
  limit ${mostOddRows}`

/** Voided coupons that gave back what they had not taken. */
export const voidReturned: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select lane || '/' || source_id || '/' || serial as subject, 'at most ' || uses::text as expected, uses_returned::text as found
  ${ofLanes(sql, lanes)}, lateral (select lane, source_id, serial, uses, uses_returned from coupons
    where lane = l and state = 'voided' and ${isWithin(sql, 'changed_at', slice)}
      and (not uses @> uses_returned or jsonb_array_length(uses) < jsonb_array_length(uses_returned))) x
  limit ${mostOddRows}`

// A coupon may be given more time and expire again: the expiry that is looked for names the end that it has now. Nobody
// hears of it while a supplier is asked whether the coupon was used.
/** Coupons that have expired, of which their channel was not told once. */
export const expiredTold: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select subject, '1' as expected, found::text
  ${ofLanes(sql, lanes)}, lateral (
    select c.lane || '/' || c.source_id || '/' || c.serial as subject, n.found from coupons c
      join orders o on o.lane = c.lane and o.no = c.order_no and o.expire_url is not null,
      lateral (select count(*) as found from notifications
        where lane = c.lane and order_no = c.order_no and kind = 'expired' and source_id = c.source_id
          and serial = c.serial and state <> 'withdrawn'
          and (facts ->> 'happenedAt')::timestamptz = c.valid_until) n
    where c.lane = l and c.state = 'expired' and ${isWithin(sql, 'c.changed_at', slice)}
      and not exists (select from supplier_requests r
        where r.lane = c.lane and r.order_no = c.order_no and r.source_id = c.source_id and r.serial = c.serial
          and r.kind = 'look_up' and r.finished_at is null)) x
  where found <> 1 limit ${mostOddRows}`
