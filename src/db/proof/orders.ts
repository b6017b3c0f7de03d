import { ofLanes, ordersOfSlice } from './picture.ts'
import { mostOddRows, type OddRow, type ReadOdd } from './rows.ts'

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
