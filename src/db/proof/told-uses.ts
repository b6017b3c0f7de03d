import type { Queryable } from '../client/client.ts'
import { madeInSlice, ofLanes } from './picture.ts'
import { mostOddRows, type OddRow, type ReadOdd } from './rows.ts'

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
