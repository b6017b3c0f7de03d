import type { Queryable } from '../client/client.ts'
import {
  ofLanes,
  redemptionsOfSlice,
  requestsOfSlice,
  mostOddRows,
  type OddRow,
  type ReadOdd,
  type ReadPage,
} from './picture.ts'

type Rows = ReturnType<typeof requestsOfSlice>

/** Requests for codes among `requests` whose order is in another state than they say. */
const oddMakes = (sql: Queryable, requests: Rows) => sql`
  select r.no as subject,
    'order ' || r.order_no || case r.state when 'accepted' then ' succeeded with it' when 'refused' then ' failed with it'
      else ' pending' end as expected,
    coalesce(o.state, 'no order') || coalesce(' since ' || o.finished_at, '') as found
  from ${requests} r
    left join lateral (select state, finished_at from orders where lane = r.lane and no = r.order_no limit 1) o on true
  where r.kind = 'make' and not coalesce(case r.state
    when 'accepted' then o.state = 'succeeded' and o.finished_at = r.finished_at
    when 'refused' then o.state = 'failed' and o.finished_at = r.finished_at
      or exists (select from supplier_requests a
        where a.lane = r.lane and a.order_no = r.order_no and a.kind = 'make' and a.created_at >= r.finished_at and a.no <> r.no)
    else o.state = 'pending' end, false)`

/** Questions about redemptions among `requests` whose redemption, or coupon, is in another state than they say. */
const oddConfirms = (sql: Queryable, requests: Rows) => sql`
  select r.no as subject,
    'redemption ' || r.redemption_no || case r.state when 'accepted' then ' succeeded with it'
      when 'refused' then ' failed with it' else ' pending, its coupon redeeming' end as expected,
    coalesce(x.state, 'no redemption') || coalesce(' since ' || x.settled_at, '') || ', '
      || coalesce('coupon ' || c.state, 'no coupon') as found
  from ${requests} r
    left join lateral (select state, settled_at, source_id, serial from redemptions
      where lane = r.lane and no = r.redemption_no limit 1) x on true
    left join lateral (select state from coupons
      where lane = r.lane and source_id = x.source_id and serial = x.serial limit 1) c on true
  where r.kind = 'confirm' and not coalesce(case r.state
    when 'accepted' then x.state in ('succeeded', 'reversed') and x.settled_at = r.finished_at
    when 'refused' then x.state = 'failed' and x.settled_at = r.finished_at
    else x.state = 'pending' and c.state = 'redeeming' end, false)`

const ofSlice = (sql: Queryable, lanes: readonly number[], rows: Rows) =>
  sql`(select x.* ${ofLanes(sql, lanes)}, lateral (select * from ${rows} q) x)`

/** Supplier requests whose order or redemption is in another state than they say. */
export const requestSubject: ReadOdd = (sql, { lanes }, slice) => {
  const requests = ofSlice(sql, lanes, requestsOfSlice(sql, slice))
  return sql<OddRow[]>`
    ${oddMakes(sql, requests)} union all ${oddConfirms(sql, requests)} limit ${mostOddRows}`
}

/** Requests that are answered and still hold what their order took: its coupons carry it by then, or it was given back. */
export const requestUses: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject, '[]' as expected, uses::text as found
  ${ofLanes(sql, lanes)}, lateral (select no, uses from ${requestsOfSlice(sql, slice)} r
    where uses <> '[]' and (finished_at is not null or kind = 'confirm')) x
  limit ${mostOddRows}`

/** Redemptions whose state is not what their supplier requests say. */
export const redemptionRequests: ReadOdd = (sql, { lanes }, slice) => sql<OddRow[]>`
  select no as subject,
    case state when 'pending' then 'one open request' when 'failed' then 'a refused request that ended with it'
      else 'an accepted request that ended with it' end as expected,
    open || ' open, ' || ended || ' that ended with it' as found
  ${ofLanes(sql, lanes)}, lateral (
    select x.no, x.state, r.* from ${redemptionsOfSlice(sql, slice)} x,
      lateral (select count(*) filter (where finished_at is null) as open,
          count(*) filter (where finished_at = x.settled_at
            and state = case x.state when 'failed' then 'refused' else 'accepted' end) as ended
        from supplier_requests where lane = x.lane and order_no = x.order_no and redemption_no = x.no) r
    where x.told_by is null and (x.state in ('pending', 'failed') or x.settled_at is not null)) x
  where open <> (state = 'pending')::int or ended <> (state <> 'pending')::int
  limit ${mostOddRows}`

type Place = { createdAt: string; lane: number; no: string }

const firstPlace: Place = { createdAt: '1970-01-01T00:00:00Z', lane: -(2 ** 31), no: '' }

/** The requests that are open, however old: what they wait for may have changed on any day. */
export const readOpenRequestPage: ReadPage = async (sql, after, limit) => {
  const { createdAt, lane, no } = after === '' ? firstPlace : (JSON.parse(after) as Place)
  const page = sql`
    (select * from supplier_requests where finished_at is null and state in ('due', 'unanswered')
      and created_at >= ${createdAt}::timestamptz
      and (created_at, lane, no) > (${createdAt}::timestamptz, ${lane}::int, ${no}::text)
    order by created_at, lane, no limit ${limit})`
  const [odd, places] = await Promise.all([
    sql<OddRow[]>`${oddMakes(sql, page)} union all ${oddConfirms(sql, page)}`,
    sql<{ createdAt: Date; lane: number; no: string }[]>`
      select created_at, lane, no from ${page} p order by created_at desc, lane desc, no desc limit 1`,
  ])
  const [last] = places
  return { odd, next: last === undefined ? undefined : JSON.stringify(last) }
}

/** Redemptions of suppliers' codes that used a code up, yet leave it to others. */
export const foreignHeld: ReadOdd = (sql, { lanes }, { from, until, firstNo, endNo }) => sql<OddRow[]>`
  select no as subject, 'a code that nobody else may use' as expected, 'one that is free' as found
  from unnest(${[...lanes]}::int[]) l, lateral (
    select no from foreign_redemptions
    where lane = l and no >= ${firstNo} and no < ${endNo} and created_at >= ${from} and created_at < ${until}
      and state = 'succeeded' and coalesce(uses_left, 0) = 0 and not is_holding) x
  limit ${mostOddRows}`

/** The open ones, however old, that nobody asks about although they were not asked as often as may be. */
export const readForgottenForeignPage =
  (mostAttempts: number): ReadPage =>
  async (sql, after, limit) => {
    const { createdAt, no } = after === '' ? firstPlace : (JSON.parse(after) as Pick<Place, 'createdAt' | 'no'>)
    const page = sql`
      (select * from foreign_redemptions where state in ('pending', 'reversing')
        and created_at >= ${createdAt}::timestamptz and (created_at, no) > (${createdAt}::timestamptz, ${no}::text)
      order by created_at, no limit ${limit})`
    const [odd, places] = await Promise.all([
      sql<OddRow[]>`
        select no as subject, 'a time at which the supplier is asked' as expected, state || ', asked ' || attempts as found
        from ${page} p where due_at is null and attempts < ${mostAttempts}`,
      sql<{ createdAt: Date; no: string }[]>`
        select created_at, no from ${page} p order by created_at desc, no desc limit 1`,
    ])
    const [last] = places
    return { odd, next: last === undefined ? undefined : JSON.stringify(last) }
  }
