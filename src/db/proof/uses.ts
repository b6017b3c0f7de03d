import type { Queryable } from '../client/client.ts'
import { couponsOfSlice, isWithin, madeInSlice, ofLanes, type Slice } from './picture.ts'

/** The rows that carry what was taken from counters. */
export type UseCarrier = 'coupons' | 'redemptions' | 'supplier_requests'

type UseRows = (sql: Queryable, slice: Slice) => ReturnType<typeof couponsOfSlice>

/**
 * What a carrier took from counters, and what of it was given back, each as a statement of what one lane did in a slice: a
 * column `uses`, as [[key, amount], …]. What may be taken must have a way back here.
 */
const carriers: Record<UseCarrier, { taken: UseRows; givenBack: readonly [UseRows, ...UseRows[]] } | 'while open'> = {
  coupons: {
    taken: (sql, slice) => sql`select uses from ${couponsOfSlice(sql, slice)} c`,
    givenBack: [
      (sql, slice) => sql`
        select uses_returned as uses from coupons
        where lane = l and state = 'voided' and ${isWithin(sql, 'changed_at', slice)}`,
    ],
  },
  redemptions: {
    taken: (sql, slice) => sql`select uses from redemptions where ${madeInSlice(sql, slice)} and uses <> '[]'`,
    givenBack: [
      (sql, slice) => sql`
        select uses_returned as uses from redemptions where lane = l and ${isWithin(sql, 'reversed_at', slice)}`,
      (sql, slice) => sql`
        select uses_returned as uses from redemptions
        where lane = l and ${isWithin(sql, 'settled_at', slice)} and state = 'failed'`,
    ],
  },
  // Counted below, as they stand: when its supplier answers, an order's coupons carry them, or they are given back.
  supplier_requests: 'while open',
}

const parts: { sign: 1 | -1; rows: UseRows }[] = Object.values(carriers).flatMap((carrier) =>
  carrier === 'while open'
    ? []
    : [{ sign: 1 as const, rows: carrier.taken }, ...carrier.givenBack.map((rows) => ({ sign: -1 as const, rows }))],
)

/** What some lanes took from counters in a slice, less what they gave back: rows of `key` and `amount`. */
function usesOfSlice(sql: Queryable, lanes: readonly number[], slice: Slice) {
  const statements = parts.map(
    ({ sign, rows }) => sql`
      select u ->> 0 as key, ${sign}::int * (u ->> 1)::bigint as amount
      ${ofLanes(sql, lanes)}, lateral (${rows(sql, slice)}) x, jsonb_array_elements(x.uses) u`,
  )
  return statements.reduce((all, part) => sql`${all} union all ${part}`)
}

// The period of a rule's counter, `limit:<rule>:<way>:<label>:`, and the first character of what it counts by. The key
// behind the period may have colons itself. What is not ASCII counts as `~`, which sorts before all of it.
const limitBucket = (sql: Queryable) => sql`
  (select period || case when left(subject, 1) < '~' collate "C" then left(subject, 1) else '~' end
  from (select period, substr(key, length(period) + 1) as subject
    from (select 'limit:' || split_part(key, ':', 2) || ':' || split_part(key, ':', 3) || ':'
      || split_part(key, ':', 4) || ':' as period) p) s)`

/**
 * The bucket of a counter. Stock has one of its own; holders, and what rules count by, are too many for that, so those of
 * one limit (and day, or period) whose hashes begin with the same character share one: `holder:template:T1:member:A`,
 * with ` yyyy-MM-dd` for a day, and `limit:1:Q:D20261122:A`.
 */
const bucketOfKey = (sql: Queryable) => sql`
  case when key like 'limit:%' then ${limitBucket(sql)}
    when key not like 'holder:%' then key
    when substr(key, length(key) - 10, 1) = ':' then left(key, length(key) - 32) || ' ' || right(key, 10)
    else left(key, length(key) - 21) end`

// PostgreSQL keeps this hash for ever: tables partitioned by hash depend on it. Twenty bits leave room in 2^53 for the
// sum of a thousand million uses.
const weightOfKey = (sql: Queryable) => sql`((hashtextextended(key, 0) & 1048575) + 1)`

/** What a bucket adds up to. `weight` is the sum of amount × a hash of the key, which tells its counters apart. */
export type BucketRow = { bucket: string; amount: number; weight: number }

const addedUp = (sql: Queryable, rows: ReturnType<typeof usesOfSlice>) => sql<BucketRow[]>`
  select ${bucketOfKey(sql)} as bucket, sum(amount)::bigint as amount,
    sum(amount * ${weightOfKey(sql)})::bigint as weight
  from (${rows}) uses group by 1`

const singly = (sql: Queryable, rows: ReturnType<typeof usesOfSlice>, buckets: readonly string[]) => sql<UseRow[]>`
  select key, ${bucketOfKey(sql)} as bucket, sum(amount)::bigint as amount from (${rows}) uses
  where ${bucketOfKey(sql)} = any(${[...buckets]}::text[]) group by key`

/** What was taken from one counter. */
export type UseRow = { key: string; bucket: string; amount: number }

/** What some lanes took from counters in a slice, less what they gave back, by bucket. */
export const readUseSums = async (sql: Queryable, lanes: readonly number[], slice: Slice): Promise<BucketRow[]> =>
  addedUp(sql, usesOfSlice(sql, lanes, slice))

/** The same by single counter, of some buckets: for those that do not add up. */
export const readUses = async (
  sql: Queryable,
  lanes: readonly number[],
  slice: Slice,
  buckets: readonly string[],
): Promise<UseRow[]> => singly(sql, usesOfSlice(sql, lanes, slice), buckets)

// Orders hold what they took until their suppliers answer: then their coupons carry it, or it is given back.

/** The place of a supplier request among those that are open; `from` the first of a page, without `until` to the end. */
export type OpenPlace = { createdAt: Date; lane: number; no: string }
export type OpenPage = { from: OpenPlace; until: OpenPlace | undefined }

export const firstOpenPlace: OpenPlace = { createdAt: new Date(0), lane: -(2 ** 31), no: '' }

const isOpen = (sql: Queryable, { from, until }: OpenPage) => sql`
  state in ('due', 'unanswered') and created_at >= ${from.createdAt}
  and (created_at, lane, no) >= (${from.createdAt}::timestamptz, ${from.lane}::int, ${from.no}::text)
  ${until === undefined ? sql`` : sql`and (created_at, lane, no) < (${until.createdAt}::timestamptz, ${until.lane}::int, ${until.no}::text)`}`

/** The open request that comes so many behind this place; undefined where there are fewer. */
export async function findOpenBehind(sql: Queryable, from: OpenPlace, amount: number): Promise<OpenPlace | undefined> {
  const rows = await sql<OpenPlace[]>`
    select created_at, lane, no from supplier_requests where ${isOpen(sql, { from, until: undefined })}
    order by created_at, lane, no offset ${amount} limit 1`
  return rows[0]
}

const openUses = (sql: Queryable, page: OpenPage) => sql`
  select u ->> 0 as key, (u ->> 1)::bigint as amount from supplier_requests, jsonb_array_elements(uses) u
  where ${isOpen(sql, page)}`

/** What the orders of a page of open requests took, by bucket. */
export const readOpenUseSums = async (sql: Queryable, page: OpenPage): Promise<BucketRow[]> =>
  addedUp(sql, openUses(sql, page))

/** The same by single counter, of some buckets. */
export const readOpenUses = async (sql: Queryable, page: OpenPage, buckets: readonly string[]): Promise<UseRow[]> =>
  singly(sql, openUses(sql, page), buckets)

/** The key that comes so many counters behind this one, before `end`; undefined where there are fewer. */
export async function findCounterBehind(
  sql: Queryable,
  from: string,
  end: string,
  amount: number,
): Promise<{ key: string; bucket: string } | undefined> {
  const rows = await sql<{ key: string; bucket: string }[]>`
    select key, ${bucketOfKey(sql)} as bucket
    from (select key from counters where key >= ${from} and key < ${end} order by key offset ${amount} limit 1) c`
  return rows[0]
}

const usedOfCounters = (sql: Queryable, from: string, until: string) =>
  sql`select key, used as amount from counters where key >= ${from} and key < ${until}`

/** The counters with keys from `from` (included) to `until` (excluded), added up by bucket. */
export const readCounterSums = async (sql: Queryable, from: string, until: string): Promise<BucketRow[]> =>
  addedUp(sql, usedOfCounters(sql, from, until))

/** The single counters of some buckets among those with keys from `from` (included) to `until` (excluded). */
export const readCountersOf = async (
  sql: Queryable,
  from: string,
  until: string,
  buckets: readonly string[],
): Promise<UseRow[]> => singly(sql, usedOfCounters(sql, from, until), buckets)
