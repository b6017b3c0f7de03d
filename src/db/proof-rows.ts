import type { Queryable } from './client.ts'
import { ledgerCause, ledgerOfOrder } from './proof-ledger.ts'
import type { Slice } from './proof-picture.ts'

/** A row that is not as its neighbours say: what should be there, and what is. */
export type OddRow = { subject: string; expected: string; found: string }

/** Lanes with their indexes. */
export type NumberedLanes = { lanes: readonly number[]; indexes: readonly number[] }

/** How many odd rows one statement names at most. */
export const mostOddRows = 100

type Read = (sql: Queryable, lanes: NumberedLanes, slice: Slice, limits: Limits) => Promise<OddRow[]>

export type Limits = {
  /** Deliveries older than this may have been pruned. */
  deliveriesSince: Date
  /** How many attempts a face's schedule has. Faces that are not named are not checked. */
  attempts: readonly { face: string; most: number }[]
}

const ofLane = (sql: Queryable, { lanes }: NumberedLanes) => sql`from unnest(${[...lanes]}::int[]) l`

const inSlice = (sql: Queryable, { from, until, firstNo, endNo }: Slice) => sql`
  lane = l and no >= ${firstNo} and no < ${endNo} and created_at >= ${from} and created_at < ${until}`

const isWithin = (sql: Queryable, column: string, { from, until }: Slice) =>
  sql`${sql(column)} >= ${from} and ${sql(column)} < ${until}`

const orderCoupons: Read = (sql, lanes, slice) => sql<OddRow[]>`
  select no as subject, wanted::text as expected, found::text
  ${ofLane(sql, lanes)}, lateral (
    select no, case when state = 'succeeded' then quantity else 0 end as wanted,
      (select count(*) from coupons c where c.lane = o.lane and c.order_no = o.no) as found
    from orders o where ${inSlice(sql, slice)}) x
  where wanted <> found limit ${mostOddRows}`

const issuedTold: Read = (sql, lanes, slice) => sql<OddRow[]>`
  select no as subject, '1' as expected, found::text
  ${ofLane(sql, lanes)}, lateral (
    select no, (select count(*) from notifications n
      where n.lane = o.lane and n.order_no = o.no and n.kind = 'issued') as found
    from orders o where ${inSlice(sql, slice)} and issue_url is not null and state <> 'pending') x
  where found <> 1 limit ${mostOddRows}`

// Coupons that were issued, redeemed or given back in the slice.
const couponUses: Read = (sql, lanes, slice) => sql<OddRow[]>`
  with touched as (
    select x.* ${ofLane(sql, lanes)}, lateral (select lane, source_id, serial from coupons
      where lane = l and order_no >= ${slice.firstNo} and order_no < ${slice.endNo}
        and ${isWithin(sql, 'created_at', slice)}) x
    union
    select x.* ${ofLane(sql, lanes)}, lateral (select lane, source_id, serial from redemptions
      where ${inSlice(sql, slice)}) x
    union
    select x.* ${ofLane(sql, lanes)}, lateral (select lane, source_id, serial from redemptions
      where lane = l and ${isWithin(sql, 'reversed_at', slice)}) x)
  select t.source_id || '/' || t.serial as subject, coalesce(r.standing, 0)::text as expected,
    coalesce((c.use_times - c.uses_left)::text, 'no coupon') as found
  from touched t
    left join lateral (select use_times, uses_left from coupons
      where lane = t.lane and source_id = t.source_id and serial = t.serial limit 1) c on true,
    lateral (select count(*) as standing from redemptions
      where lane = t.lane and source_id = t.source_id and serial = t.serial and state = 'succeeded') r
  where (c.use_times - c.uses_left) is distinct from r.standing limit ${mostOddRows}`

const couponNumber: Read = (sql, { lanes, indexes }, slice) => sql<OddRow[]>`
  select c.source_id || '/' || c.serial as subject, 'a number that was handed out, in lane ' || i as expected,
    case when s.kind = 'space' then 'number ' || (c.serial >> 8) || ' in lane ' || (c.serial & 255)
      else coalesce('lane ' || p.lane, 'no imported code in a lane') end as found
  from unnest(${[...lanes]}::int[], ${[...indexes]}::int[]) x (l, i),
    lateral (select source_id, serial, lane from coupons
      where lane = l and order_no >= ${slice.firstNo} and order_no < ${slice.endNo}
        and ${isWithin(sql, 'created_at', slice)}) c
    join code_sources s on s.id = c.source_id
    left join lateral (select used from counters where key = 'numbers:' || c.source_id limit 1) n on true
    left join lateral (select m.lane from pool_codes q, imported_codes m
      where s.kind = 'pool' and q.source_id = c.source_id and q.number = c.serial and m.code_hash = q.code_hash
        and m.source_id = q.source_id and m.number = q.number limit 1) p on true
  where case when s.kind = 'space' then (c.serial >> 8) >= coalesce(n.used, 0) or (c.serial & 255) <> i
    else c.serial >= coalesce(n.used, 0) or p.lane is distinct from c.lane end
  limit ${mostOddRows}`

const usedTold: Read = (sql, lanes, slice) => sql<OddRow[]>`
  select no as subject, case when state = 'reversed' then '1' else '1 that stands' end as expected,
    found || case when state = 'reversed' then '' else ', ' || withdrawn || ' withdrawn' end as found
  ${ofLane(sql, lanes)}, lateral (
    select r.no, r.state, n.found, n.withdrawn from redemptions r
      join orders o on o.lane = r.lane and o.no = r.order_no and o.redeem_url is not null,
      lateral (select count(*) as found, count(*) filter (where state = 'withdrawn') as withdrawn from notifications
        where lane = r.lane and order_no = r.order_no and redemption_no = r.no and kind = 'used') n
    where r.lane = l and r.no >= ${slice.firstNo} and r.no < ${slice.endNo}
      and ${isWithin(sql, 'r.created_at', slice)} and r.state in ('succeeded', 'reversed')) x
  where found <> 1 or (state = 'succeeded' and withdrawn > 0) limit ${mostOddRows}`

const reversedTold: Read = (sql, lanes, slice) => sql<OddRow[]>`
  select no as subject, case when is_told then '0 or 1' else '0' end as expected, found::text
  ${ofLane(sql, lanes)}, lateral (
    select r.no, n.found, n.is_told and r.state = 'reversed' as is_told from redemptions r,
      lateral (select count(*) filter (where kind = 'reversed') as found,
          coalesce(bool_or(kind = 'used' and state <> 'withdrawn'), false) as is_told
        from notifications where lane = r.lane and order_no = r.order_no and redemption_no = r.no) n
    where r.lane = l and ${isWithin(sql, 'r.reversed_at', slice)}) x
  where found > is_told::int limit ${mostOddRows}`

// A coupon may be given more time and expire again: the expiry that is looked for names the end that it has now.
const expiredTold: Read = (sql, lanes, slice) => sql<OddRow[]>`
  select subject, '1' as expected, found::text
  ${ofLane(sql, lanes)}, lateral (
    select c.source_id || '/' || c.serial as subject, n.found from coupons c
      join orders o on o.lane = c.lane and o.no = c.order_no and o.expire_url is not null,
      lateral (select count(*) as found from notifications
        where lane = c.lane and order_no = c.order_no and kind = 'expired' and source_id = c.source_id
          and serial = c.serial and (facts ->> 'happenedAt')::timestamptz = c.valid_until) n
    where c.lane = l and c.state = 'expired' and ${isWithin(sql, 'c.changed_at', slice)}) x
  where found <> 1 limit ${mostOddRows}`

const voidReturned: Read = (sql, lanes, slice) => sql<OddRow[]>`
  select source_id || '/' || serial as subject, 'at most ' || uses::text as expected, uses_returned::text as found
  ${ofLane(sql, lanes)}, lateral (select source_id, serial, uses, uses_returned from coupons
    where lane = l and state = 'voided' and ${isWithin(sql, 'changed_at', slice)}
      and (not uses @> uses_returned or jsonb_array_length(uses) < jsonb_array_length(uses_returned))) x
  limit ${mostOddRows}`

const notificationCause: Read = (sql, lanes, slice) => sql<OddRow[]>`
  select no as subject, 'what it tells of' as expected, 'nothing' as found
  ${ofLane(sql, lanes)}, lateral (select * from notifications where ${inSlice(sql, slice)}) n
  where not case
    when kind in ('used', 'reversed')
      then exists (select from redemptions r where r.lane = n.lane and r.no = n.redemption_no)
    when kind = 'expired'
      then exists (select from coupons c where c.lane = n.lane and c.source_id = n.source_id and c.serial = n.serial)
    else exists (select from orders o where o.lane = n.lane and o.no = n.order_no) end
  limit ${mostOddRows}`

const deliveryNotification: Read = (sql, lanes, { firstNo, endNo }) => sql<OddRow[]>`
  select distinct notification_no as subject, 'a notification' as expected, 'none' as found
  ${ofLane(sql, lanes)}, lateral (select lane, notification_no from deliveries
    where lane = l and notification_no >= ${firstNo} and notification_no < ${endNo}) d
  where not exists (select from notifications n where n.lane = d.lane and n.no = d.notification_no)
  limit ${mostOddRows}`

const deliveredOnce: Read = (sql, lanes, slice, { deliveriesSince }) => sql<OddRow[]>`
  select no as subject, 'a delivery that was accepted' as expected, 'none' as found
  ${ofLane(sql, lanes)}, lateral (select lane, no from notifications
    where ${inSlice(sql, slice)} and state = 'delivered' and created_at >= ${deliveriesSince}) n
  where not exists (select from deliveries d
    where d.lane = n.lane and d.notification_no = n.no and d.outcome = 'delivered')
  limit ${mostOddRows}`

// An attempt that a lost process may have made is known to nobody, and counts for no schedule.
const attemptsMade: Read = (sql, lanes, slice, { attempts }) => sql<OddRow[]>`
  select no as subject, 'at most ' || most as expected, found::text
  ${ofLane(sql, lanes)}, lateral (
    select no, most, (select count(*) from deliveries d
        where d.lane = n.lane and d.notification_no = n.no and not d.is_manual and d.outcome <> 'unknown') as found
    from notifications n join unnest(${attempts.map(({ face }) => face)}::text[],
        ${attempts.map(({ most }) => most)}::int[]) as s (face, most) on s.face = n.face
    where ${inSlice(sql, slice)}) x
  where found > most limit ${mostOddRows}`

/** The checks of single rows, by name. Each reads some lanes of a slice, in one statement. */
export const rowChecks = {
  orderCoupons,
  issuedTold,
  couponUses,
  couponNumber,
  usedTold,
  reversedTold,
  expiredTold,
  voidReturned,
  notificationCause,
  deliveryNotification,
  deliveredOnce,
  attemptsMade,
  ledgerOfOrder,
  ledgerCause,
} as const

export type RowCheck = keyof typeof rowChecks
