import type { Queryable, Tx } from '../client/client.ts'
import { readLedgerSums } from './ledger.ts'
import { couponsOfSlice, isWithin, madeInSlice, ofLanes, type Slice } from './picture.ts'
import { readUseSums } from './uses.ts'
import { insertRows } from '../client/rows.ts'

/**
 * What rows add up to under a subject: `total <name> <template> <activity> <channel>`, `source <id>` (coupons of a code
 * source), `counter <bucket>` (see `readUseSums`), what the ledger says (see `readLedgerSums`), or `revivals` (see
 * `readRevivals`).
 */
export type SumRow = { subject: string; amount: number; weight: number }

type Sums = (sql: Queryable, lanes: readonly number[], slice: Slice) => Promise<SumRow[]>

// One that was decided before the discount was kept was booked with its face value.
const tookOff = (sql: Queryable) => sql`coalesce(discount_fen, face_value_fen)`

/**
 * What makes the daily totals, each as a statement of what one lane did in a slice: the names of template, activity and
 * channel, and an amount in `fen`, or null where the totals have none.
 */
const events: { what: string; rows: (sql: Queryable, slice: Slice) => ReturnType<typeof couponsOfSlice> }[] = [
  {
    what: 'issued',
    rows: (sql, slice) => sql`
      select template_id, activity_id, channel_id, face_value_fen as fen from ${couponsOfSlice(sql, slice)} c`,
  },
  {
    what: 'voided',
    rows: (sql, slice) => sql`
      select template_id, activity_id, channel_id, null::bigint as fen from coupons
      where lane = l and state = 'voided' and ${isWithin(sql, 'changed_at', slice)}`,
  },
  {
    what: 'expired',
    rows: (sql, slice) => sql`
      select template_id, activity_id, channel_id, null::bigint as fen from coupons
      where lane = l and state = 'expired' and ${isWithin(sql, 'changed_at', slice)}`,
  },
  {
    what: 'redeemed',
    rows: (sql, slice) => sql`
      select template_id, activity_id, channel_id, ${tookOff(sql)} as fen from redemptions
      where ${madeInSlice(sql, slice)} and state in ('succeeded', 'reversed') and settled_at is null`,
  },
  {
    what: 'redeemed',
    rows: (sql, slice) => sql`
      select template_id, activity_id, channel_id, ${tookOff(sql)} as fen from redemptions
      where lane = l and ${isWithin(sql, 'settled_at', slice)} and state in ('succeeded', 'reversed')`,
  },
  {
    what: 'reversed',
    rows: (sql, slice) => sql`
      select template_id, activity_id, channel_id, ${tookOff(sql)} as fen from redemptions
      where lane = l and ${isWithin(sql, 'reversed_at', slice)}`,
  },
]

const totals: Sums = (sql, lanes, slice) => {
  const parts = events.map(
    ({ what, rows }) => sql`
      select ${what}::text as what, x.* ${ofLanes(sql, lanes)}, lateral (${rows(sql, slice)}) x`,
  )
  return sql<SumRow[]>`
    with added as (
      select what, template_id || ' ' || activity_id || ' ' || channel_id as names, count(*) as times,
        sum(fen)::bigint as fen
      from (${parts.reduce((all, part) => sql`${all} union all ${part}`)}) e group by 1, 2)
    select 'total ' || what || ' ' || names as subject, times as amount, 0::bigint as weight from added
    union all
    select 'total ' || what || 'Fen ' || names, fen, 0 from added where fen is not null`
}

const sources: Sums = (sql, lanes, slice) => sql<SumRow[]>`
  select 'source ' || source_id as subject, count(*) as amount, 0::bigint as weight
  ${ofLanes(sql, lanes)}, lateral (select source_id from ${couponsOfSlice(sql, slice)} c) x group by source_id`

const counters: Sums = async (sql, lanes, slice) =>
  (await readUseSums(sql, lanes, slice)).map(({ bucket, ...sum }) => ({ subject: `counter ${bucket}`, ...sum }))

const all: Sums[] = [totals, sources, counters, readLedgerSums]

/** Adds up what happened in some lanes within a slice, in a few statements. */
export async function readSums(sql: Queryable, lanes: readonly number[], slice: Slice): Promise<SumRow[]> {
  return (await Promise.all(all.map((read) => read(sql, lanes, slice)))).flat()
}

/** The place of an act in the audit. */
export type ActPlace = { at: Date; id: string }

/** A page of acts: how often a coupon that was over was given more time, and where the page ends if it was full. */
export async function readRevivals(
  sql: Queryable,
  { at, id }: ActPlace,
  until: Date,
  limit: number,
): Promise<{ revivals: number; last: ActPlace | undefined }> {
  const rows = await sql<{ revivals: number; acts: number; at: Date | null; id: string | null }[]>`
    with page as (
      select at, id, act = 'coupon.delay' and before ->> 'state' = 'expired' as is_revival from audit
      where at >= ${at} and at < ${until} and (at, id) > (${at}::timestamptz, ${id}::text) order by at, id limit ${limit})
    select count(*) filter (where is_revival)::int as revivals, count(*)::int as acts, max(at) as at,
      (array_agg(id order by at desc, id desc))[1] as id
    from page`
  const { revivals, acts, at: lastAt, id: lastId } = rows[0]!
  return { revivals, last: acts < limit || lastAt === null || lastId === null ? undefined : { at: lastAt, id: lastId } }
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

/** The first day that has an order, a total or a payment (yyyy-MM-dd, Asia/Shanghai); undefined where nothing ever happened. */
export async function findFirstDay(sql: Queryable, lanes: readonly number[]): Promise<string | undefined> {
  const rows = await sql<{ day: string | null }[]>`
    select least(
      (select to_char(min(to_date(left(o.no, 8), 'YYYYMMDD')), 'YYYY-MM-DD')
        ${ofLanes(sql, lanes)}, lateral (select no from orders where lane = l order by no limit 1) o),
      (select to_char(min(day), 'YYYY-MM-DD') from daily_totals),
      (select to_char(min(e.at) at time zone 'Asia/Shanghai', 'YYYY-MM-DD')
        ${ofLanes(sql, lanes)}, lateral (select at from ledger_entries where lane = l order by at limit 1) e)) as day`
  return rows[0]?.day ?? undefined
}
