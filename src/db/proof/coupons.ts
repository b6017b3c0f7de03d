import type { Queryable } from '../client/client.ts'
import {
  ofLanes,
  ordersOfSlice,
  couponsOfSlice,
  isWithin,
  redemptionsOfSlice,
  type Slice,
  mostOddRows,
  type OddRow,
  type ReadOdd,
} from './picture.ts'

/** Orders that have not the coupons that they asked for. */
export const orderCoupons: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, wanted::text as expected, found::text
  ${ofLanes(sql, lanes)}, lateral (
    select no, case when state = 'succeeded' then quantity else 0 end as wanted,
      (select count(*) from coupons c where c.lane = o.lane and c.order_no = o.no) as found
    from ${ordersOfSlice(sql, slice)} o) x
  where wanted <> found limit ${mostOddRows}`

/** Orders whose state is not what their supplier requests say. */
export const orderRequests: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject,
    case state when 'pending' then 'one open request' when 'failed' then 'a refused request that ended with it'
      else 'no open request, and an accepted one that ended with it' end as expected,
    open || ' open, ' || ended || ' that ended with it, of ' || asked as found
  ${ofLanes(sql, lanes)}, lateral (
    select o.no, o.state, r.* from ${ordersOfSlice(sql, slice)} o,
      lateral (select count(*) as asked, count(*) filter (where finished_at is null) as open,
          count(*) filter (where finished_at = o.finished_at
            and state = case o.state when 'succeeded' then 'accepted' else 'refused' end) as ended
        from supplier_requests where lane = o.lane and order_no = o.no and kind = 'make') r) x
  where open <> (state = 'pending')::int or ended <> (state = 'failed' or state = 'succeeded' and asked > 0)::int
  limit ${mostOddRows}`

// An order that failed may be made anew under its number: then its channel hears of both.
/** Orders of whose end their channel was not told once. */
export const issuedTold: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, most::text as expected, told || case when ended = 0 then ', none of how it ended' else '' end as found
  ${ofLanes(sql, lanes)}, lateral (
    select o.no, n.told, n.ended, greatest(1, (select count(*) from supplier_requests r
        where r.lane = o.lane and r.order_no = o.no and r.kind = 'make' and r.finished_at is not null)) as most
    from ${ordersOfSlice(sql, slice)} o,
      lateral (select count(*) as told, count(*) filter (where created_at = o.finished_at) as ended from notifications
        where lane = o.lane and order_no = o.no and kind = 'issued') n
    where o.issue_url is not null and o.state <> 'pending') x
  where ended = 0 or told > most limit ${mostOddRows}`

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
