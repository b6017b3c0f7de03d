import type { Queryable } from '../client/client.ts'
import {
  isWithin,
  ofLanes,
  redemptionsOfSlice,
  madeInSlice,
  mostOddRows,
  type OddRow,
  type ReadOdd,
} from './picture.ts'

/** Redemptions of which their channel was not told once. */
export const usedTold: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, case when state = 'reversed' then '1' else '1 that stands' end as expected,
    found || case when state = 'reversed' then '' else ', ' || withdrawn || ' withdrawn' end as found
  ${ofLanes(sql, lanes)}, lateral (
    select r.no, r.state, n.found, n.withdrawn from ${redemptionsOfSlice(sql, slice)} r
      join orders o on o.lane = r.lane and o.no = r.order_no and o.redeem_url is not null,
      lateral (select count(*) as found, count(*) filter (where state = 'withdrawn') as withdrawn from notifications
        where lane = r.lane and order_no = r.order_no and redemption_no = r.no and kind = 'used') n
    where r.state in ('succeeded', 'reversed')) x
  where found <> 1 or (state = 'succeeded' and withdrawn > 0) limit ${mostOddRows}`

/** Redemptions that took off another amount than what they were worth, at most what was to be paid, or were told as another. */
export const oneAmount: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, least(face_value_fen, amount_fen) || ' taken off, and told' as expected,
    discount_fen || ' taken off, ' || coalesce('told ' || told, 'nobody told') as found
  ${ofLanes(sql, lanes)}, lateral (
    select r.no, r.face_value_fen, r.amount_fen, r.discount_fen, n.told, n.is_other
    from ${redemptionsOfSlice(sql, slice)} r,
      lateral (select string_agg(distinct facts ->> 'discountFen', ' and ') as told,
          coalesce(bool_or((facts ->> 'discountFen')::bigint is distinct from r.discount_fen), false) as is_other
        from notifications where lane = r.lane and order_no = r.order_no and redemption_no = r.no
          and kind in ('used', 'supplier_used')) n
    where r.discount_fen is not null) x
  where discount_fen <> least(face_value_fen, amount_fen) or is_other limit ${mostOddRows}`

// Whether a supplier wanted to hear of it at that time is not known any more; that it hears twice, or not, is.
/** Redemptions of which a supplier is told more than once, or of which a telling was withdrawn although they stand. */
export const supplierTold: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, case when state = 'succeeded' then '0 or 1 that stands' else '0 or 1' end as expected,
    found || ', ' || withdrawn || ' withdrawn' as found
  ${ofLanes(sql, lanes)}, lateral (
    select r.no, r.state, n.found, n.withdrawn from ${redemptionsOfSlice(sql, slice)} r
      join orders o on o.lane = r.lane and o.no = r.order_no and o.supplier_id is not null,
      lateral (select count(*) as found, count(*) filter (where state = 'withdrawn') as withdrawn from notifications
        where lane = r.lane and order_no = r.order_no and redemption_no = r.no and kind = 'supplier_used') n) x
  where found > (state in ('succeeded', 'reversed'))::int or (state = 'succeeded' and withdrawn > 0)
  limit ${mostOddRows}`

/** Reversals of which a channel is told that never heard of the redemption. */
export const reversedTold: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, case when is_told then '0 or 1' else '0' end as expected, found::text
  ${ofLanes(sql, lanes)}, lateral (
    select r.no, n.found, n.is_told and r.state = 'reversed' as is_told from redemptions r,
      lateral (select count(*) filter (where kind = 'reversed') as found,
          coalesce(bool_or(kind = 'used' and state <> 'withdrawn'), false) as is_told
        from notifications where lane = r.lane and order_no = r.order_no and redemption_no = r.no) n
    where r.lane = l and ${isWithin(sql, 'r.reversed_at', slice)}) x
  where found > is_told::int limit ${mostOddRows}`

// What was reversed before rules counted has nothing written here.
/** Redemptions that gave back what they had not taken, gave back although they stand, or failed and gave nothing back. */
export const redemptionReturned: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject,
    case when state in ('reversed', 'failed') then 'at most ' || uses::text else 'nothing, since it is ' || state end
      as expected,
    coalesce(uses_returned::text, 'nothing said') as found
  ${ofLanes(sql, lanes)}, lateral (
    select no, state, uses, uses_returned from ${redemptionsOfSlice(sql, slice)} r
    union
    select no, state, uses, uses_returned from redemptions where lane = l and ${isWithin(sql, 'reversed_at', slice)}) x
  where case
    when state in ('pending', 'succeeded') then uses_returned is not null
    when uses_returned is null then state = 'failed'
    else not uses @> uses_returned or jsonb_array_length(uses) < jsonb_array_length(uses_returned) end
  limit ${mostOddRows}`

/** Uses that a supplier told of, and that are not of a coupon which it made and which they used up. */
export const toldUse: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, 'a used coupon of supplier ' || told_by as expected, found
  ${ofLanes(sql, lanes)}, lateral (
    select r.no, r.told_by,
      case when c.state is null then 'no coupon' when s.id is null then 'a coupon of another source'
        else 'a coupon that is ' || c.state end as found,
      s.id is not null and (c.state = 'redeemed' or c.use_times > 1) as is_right
    from (select * from redemptions where ${madeInSlice(sql, slice)}) r
      left join lateral (select state, use_times, source_id from coupons
        where lane = r.lane and source_id = r.source_id and serial = r.serial limit 1) c on true
      left join suppliers s on s.id = r.told_by and s.source_id = c.source_id
    where r.told_by is not null and r.state = 'succeeded') x
  where not is_right limit ${mostOddRows}`

/** Questions about coupons that there are not. */
export const lookUpCoupon: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, 'a coupon' as expected, 'none' as found
  ${ofLanes(sql, lanes)}, lateral (
    select r.no from (select * from supplier_requests where ${madeInSlice(sql, slice)}) r
    where r.kind = 'look_up' and not exists (select from coupons c
      where c.lane = r.lane and c.source_id = r.source_id and c.serial = r.serial)) x
  limit ${mostOddRows}`

/** How many coupons that counted as expired were used before that, as their supplier told from one instant to another. */
export async function countRevivedByUse(sql: Queryable, from: Date, until: Date): Promise<number> {
  const rows = await sql<{ count: number }[]>`
    select count(*)::int as count from redemptions
    where created_at >= ${from} and created_at < ${until} and told_by is not null and detail ? 'wasExpired'`
  return rows[0]!.count
}
