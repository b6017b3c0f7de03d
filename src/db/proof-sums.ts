import type { Queryable, Tx } from './client.ts'
import type { Slice } from './proof-picture.ts'
import { insertRows } from './rows.ts'

/**
 * What rows add up to under a subject: `total <name> <template> <activity> <channel>`, `source <id>` (coupons of a code
 * source), or `counter <bucket>` (see `bucketOfKey`). `weight` tells the counters of a bucket apart.
 */
export type SumRow = { subject: string; amount: number; weight: number }

// The key itself may have colons, behind these four parts.
const limitPeriod = (sql: Queryable) =>
  sql`'limit:' || split_part(key, ':', 2) || ':' || split_part(key, ':', 3) || ':' || split_part(key, ':', 4)`

/**
 * The bucket of a counter. Stock has one of its own; holders are too many for that, so those of one limit (and day)
 * whose hashes begin with the same character share one: `holder:template:T1:member:A`, with ` yyyy-MM-dd` for a day.
 * The counters of a rule share one for each period: `limit:1:Q:D20261122`.
 */
const bucketOfKey = (sql: Queryable) => sql`
  case when key like 'limit:%' then ${limitPeriod(sql)}
    when key not like 'holder:%' then key
    when substr(key, length(key) - 10, 1) = ':' then left(key, length(key) - 32) || ' ' || right(key, 10)
    else left(key, length(key) - 21) end`

// PostgreSQL keeps this hash for ever: tables partitioned by hash depend on it. Twenty bits leave room in 2^53 for the
// sum of a thousand million uses.
const weightOfKey = (sql: Queryable) => sql`((hashtextextended(key, 0) & 1048575) + 1)`

// A period's counter is forgotten some time after its end, so uses of periods that are over are not looked at.
const isCounted = (sql: Queryable, today: string) => sql`
  case when key like 'limit:%' then (
    select case left(label, 1)
      when 'D' then substr(label, 2) >= replace(${today}::text, '-', '')
      when 'W' then to_date(substr(label, 2), 'YYYYMMDD') + 6 >= ${today}::text::date
      when 'M' then substr(label, 2) >= left(replace(${today}::text, '-', ''), 6)
      when 'Y' then substr(label, 2) >= left(${today}::text, 4)
      else true end
    from (select split_part(key, ':', 4) as label) period)
  else key not like 'holder:%' or substr(key, length(key) - 10, 1) <> ':' or right(key, 10) >= ${today}::text end`

// Coupons of a slice are found by their orders' numbers; those that a supplier made long after its order came, by when it
// said so.
const couponsOfSlice = (sql: Queryable, { from, until, firstNo, endNo }: Slice) => sql`
  (select * from coupons
    where lane = l and order_no >= ${firstNo} and order_no < ${endNo} and created_at >= ${from} and created_at < ${until}
  union all
  select c.* from supplier_requests r
    join coupons c on c.lane = l and c.order_no = r.order_no and c.created_at = r.finished_at
    where r.lane = l and r.finished_at >= ${from} and r.finished_at < ${until} and r.kind = 'make'
      and r.state = 'accepted' and (r.order_no < ${firstNo} or r.order_no >= ${endNo}))`

/** Adds up what happened in some lanes within a slice. `today` (yyyy-MM-dd): uses of earlier days' limits are left out. */
export async function readSums(sql: Queryable, lanes: readonly number[], slice: Slice, today: string) {
  const { from, until, firstNo, endNo } = slice
  const ofLane = sql`from unnest(${[...lanes]}::int[]) l`
  const names = sql`template_id || ' ' || activity_id || ' ' || channel_id`
  const name = sql`template_id, activity_id, channel_id`
  return sql<SumRow[]>`
    with issued as materialized (
      select x.* ${ofLane}, lateral (select ${name}, source_id, face_value_fen as fen, uses
        from ${couponsOfSlice(sql, slice)} c) x),
    voided as materialized (
      select x.* ${ofLane}, lateral (select ${name}, uses_returned from coupons
        where lane = l and state = 'voided' and changed_at >= ${from} and changed_at < ${until}) x),
    uses as (
      select u ->> 0 as key, (u ->> 1)::bigint as amount from issued, jsonb_array_elements(uses) u
      union all
      select u ->> 0, -(u ->> 1)::bigint from voided, jsonb_array_elements(uses_returned) u
      union all
      select u ->> 0, (u ->> 1)::bigint ${ofLane}, lateral (select uses from redemptions
        where lane = l and no >= ${firstNo} and no < ${endNo} and uses <> '[]'
          and created_at >= ${from} and created_at < ${until}) x, jsonb_array_elements(uses) u
      union all
      select u ->> 0, -(u ->> 1)::bigint ${ofLane}, lateral (select uses_returned from redemptions
        where lane = l and reversed_at >= ${from} and reversed_at < ${until}
        union all
        select uses_returned from redemptions
        where lane = l and settled_at >= ${from} and settled_at < ${until} and state = 'failed') x,
        jsonb_array_elements(uses_returned) u),
    events as (
      select 'issued' as what, ${name}, fen from issued
      union all
      select 'voided', ${name}, 0 from voided
      union all
      select 'redeemed', x.* ${ofLane}, lateral (select ${name}, face_value_fen from redemptions
        where lane = l and no >= ${firstNo} and no < ${endNo} and state in ('succeeded', 'reversed')
          and settled_at is null and created_at >= ${from} and created_at < ${until}) x
      union all
      select 'redeemed', x.* ${ofLane}, lateral (select ${name}, face_value_fen from redemptions
        where lane = l and settled_at >= ${from} and settled_at < ${until} and state in ('succeeded', 'reversed')) x
      union all
      select 'reversed', x.* ${ofLane}, lateral (select ${name}, face_value_fen from redemptions
        where lane = l and reversed_at >= ${from} and reversed_at < ${until}) x
      union all
      select 'expired', x.* ${ofLane}, lateral (select ${name}, 0 from coupons
        where lane = l and state = 'expired' and changed_at >= ${from} and changed_at < ${until}) x),
    totals as (
      select what, ${names} as names, count(*) as times, sum(fen)::bigint as fen from events group by 1, 2)
    select 'total ' || what || ' ' || names as subject, times as amount, 0::bigint as weight from totals
    union all
    select 'total ' || what || 'Fen ' || names, fen, 0 from totals where what in ('issued', 'redeemed', 'reversed')
    union all
    select 'source ' || source_id, count(*), 0 from issued group by source_id
    union all
    select 'counter ' || ${bucketOfKey(sql)}, sum(amount)::bigint, sum(amount * ${weightOfKey(sql)})::bigint
    from uses where ${isCounted(sql, today)} group by 1`
}

/** What the coupons of a slice took from single counters, less what they gave back. For buckets that do not add up. */
export async function readUses(sql: Queryable, lanes: readonly number[], slice: Slice, buckets: readonly string[]) {
  const { from, until } = slice
  const ofLane = sql`from unnest(${[...lanes]}::int[]) l`
  return sql<{ key: string; amount: number }[]>`
    with uses as (
      select u ->> 0 as key, (u ->> 1)::bigint as amount ${ofLane},
        lateral (select uses from ${couponsOfSlice(sql, slice)} c) x, jsonb_array_elements(uses) u
      union all
      select u ->> 0, -(u ->> 1)::bigint ${ofLane},
        lateral (select uses_returned from coupons
          where lane = l and state = 'voided' and changed_at >= ${from} and changed_at < ${until}) x,
        jsonb_array_elements(uses_returned) u)
    select key, sum(amount)::bigint as amount from uses
    where ${bucketOfKey(sql)} = any(${[...buckets]}::text[]) group by key`
}

/** What orders took whose suppliers have not answered yet: their coupons will carry it, or it is given back. */
export async function readPendingUses(sql: Queryable, today: string): Promise<SumRow[]> {
  return sql<SumRow[]>`
    with uses as (
      select u ->> 0 as key, (u ->> 1)::bigint as amount from supplier_requests, jsonb_array_elements(uses) u
      where state in ('due', 'unanswered'))
    select 'counter ' || ${bucketOfKey(sql)} as subject, sum(amount)::bigint as amount,
      sum(amount * ${weightOfKey(sql)})::bigint as weight
    from uses where ${isCounted(sql, today)} group by 1`
}

/** The single counters that such orders took from, of some buckets. */
export async function readPendingUsesOf(sql: Queryable, buckets: readonly string[]) {
  return sql<{ key: string; amount: number }[]>`
    with uses as (
      select u ->> 0 as key, (u ->> 1)::bigint as amount from supplier_requests, jsonb_array_elements(uses) u
      where state in ('due', 'unanswered'))
    select key, sum(amount)::bigint as amount from uses
    where ${bucketOfKey(sql)} = any(${[...buckets]}::text[]) group by key`
}

/** The counters with keys from `from` (included) to `until` (excluded), added up by bucket. Ended ones are left out. */
export async function readCounterSums(sql: Queryable, from: string, until: string, now: Date): Promise<SumRow[]> {
  return sql<SumRow[]>`
    select 'counter ' || ${bucketOfKey(sql)} as subject, sum(used)::bigint as amount,
      sum(used * ${weightOfKey(sql)})::bigint as weight
    from counters where key >= ${from} and key < ${until} and (ends_at is null or ends_at > ${now}) group by 1`
}

/** The single counters of some buckets. */
export async function readBucketCounters(sql: Queryable, buckets: readonly string[], now: Date) {
  return sql<{ key: string; used: number }[]>`
    select c.key, c.used
    from unnest(${[...buckets]}::text[]) b,
      lateral (select key, used from counters
        where key >= split_part(b, ' ', 1) collate "C" and key < (split_part(b, ' ', 1) || '~') collate "C"
          and (ends_at is null or ends_at > ${now})) c
    where ${bucketOfKey(sql)} = b`
}

/** The key that comes so many counters of holders behind this one; undefined where there are fewer. */
export async function findCounterBehind(sql: Queryable, key: string, amount: number): Promise<string | undefined> {
  const rows = await sql<{ key: string }[]>`
    select key from counters where key >= ${key} and key < 'holder;' order by key offset ${amount} limit 1`
  return rows[0]?.key
}

export async function readKeptDays(sql: Queryable): Promise<string[]> {
  const rows = await sql<{ day: string }[]>`select to_char(day, 'YYYY-MM-DD') as day from proof_days order by 1`
  return rows.map(({ day }) => day)
}

export const readKeptSums = async (sql: Queryable, day: string): Promise<SumRow[]> =>
  sql<SumRow[]>`select subject, amount, weight from proof_sums where day = ${day}::date`

/**
 * Keeps the sums of a closed day. Where another process kept them meanwhile, its sums stay; where the set-up is no longer
 * of this version none are kept: limits may have counted back since the day was read (see `forgetProofDays`), and who
 * does that waits for this transaction, or this one for them.
 */
export async function keepSums(
  tx: Tx,
  day: string,
  sums: readonly SumRow[],
  now: Date,
  setupVersion: number,
): Promise<void> {
  const [setup] = await tx<{ version: number }[]>`select version from setup_version for share`
  if (setup!.version !== setupVersion) return
  const made = await tx`
    insert into proof_days (day, summed_at) values (${day}::date, ${now}) on conflict (day) do nothing`
  if (made.count === 0) return
  await insertRows(
    tx,
    'proof_sums',
    sums.map(({ subject, amount, weight }) => ({ day, subject, amount, weight })),
  )
}

/** The first day that has an order or a total (yyyy-MM-dd, Asia/Shanghai); undefined where nothing ever happened. */
export async function findFirstDay(sql: Queryable, lanes: readonly number[]): Promise<string | undefined> {
  const rows = await sql<{ day: string | null }[]>`
    select least(
      (select to_char(min(to_date(left(o.no, 8), 'YYYYMMDD')), 'YYYY-MM-DD')
        from unnest(${[...lanes]}::int[]) l,
          lateral (select no from orders where lane = l order by no limit 1) o),
      (select to_char(min(day), 'YYYY-MM-DD') from daily_totals)) as day`
  return rows[0]?.day ?? undefined
}

/** How often a coupon that was over was given more time: so often may more coupons have expired than are expired now. */
export async function countRevivals(sql: Queryable): Promise<number> {
  const rows = await sql<{ count: number }[]>`
    select count(*)::int as count from audit where act = 'coupon.delay' and before ->> 'state' = 'expired'`
  return rows[0]!.count
}
