import type { Database, Queryable, Tx } from '../client/client.ts'
import type { NotificationKind } from '../notifications.ts'

/**
 * A stretch of time within a day, with the numbers of what was decided in it, and when that was received: from (included)
 * until (excluded).
 */
export type Slice = {
  day: string
  from: Date
  until: Date
  firstNo: string
  endNo: string
  receivedFrom: Date
  receivedUntil: Date
}

const runTimeoutMilliseconds = 60_000
/** Some reads, of which each may take its time. */
const deadlineMilliseconds = 5 * runTimeoutMilliseconds

/**
 * Runs a few short reads that see the same picture. Nothing is locked; but as long as it is open the database keeps
 * old versions of hot rows, so it must end soon. As in a batch, everything is found by key (see `beginBatch`).
 */
export async function inPicture<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.transaction(
    async (tx) => {
      await tx`set transaction isolation level repeatable read, read only`
      await tx`
      select set_config('statement_timeout', ${String(runTimeoutMilliseconds)}, true),
        set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
        set_config('enable_seqscan', 'off', true)`
      return work(tx)
    },
    { deadlineMilliseconds },
  )
}

// What happened in one lane (`l`) within a slice. Each row is in one slice of each of these, whenever it is read.

/** `from` for what is read lane by lane. */
export const ofLanes = (sql: Queryable, lanes: readonly number[]) => sql`from unnest(${[...lanes]}::int[]) l`

export const isWithin = (sql: Queryable, column: string, { from, until }: Slice) =>
  sql`${sql(column)} >= ${from} and ${sql(column)} < ${until}`

/** Rows whose own number was made with them. */
export const madeInSlice = (sql: Queryable, slice: Slice) => sql`
  lane = l and no >= ${slice.firstNo} and no < ${slice.endNo} and ${isWithin(sql, 'created_at', slice)}`

/** Orders that came in the slice, and those that came before and whose supplier ended them in it. */
export const ordersOfSlice = (sql: Queryable, slice: Slice) => sql`
  (select * from orders where ${madeInSlice(sql, slice)}
  union all
  select o.* from supplier_requests r join orders o on o.lane = l and o.no = r.order_no and o.finished_at = r.finished_at
  where r.lane = l and ${isWithin(sql, 'r.finished_at', slice)} and r.kind = 'make'
    and not (${isWithin(sql, 'o.created_at', slice)}))`

/** Coupons are found by their orders' numbers; those that a supplier made long after its order came, by when it said so. */
export const couponsOfSlice = (sql: Queryable, slice: Slice) => sql`
  (select * from coupons
    where lane = l and order_no >= ${slice.firstNo} and order_no < ${slice.endNo} and ${isWithin(sql, 'created_at', slice)}
  union all
  select c.* from supplier_requests r
    join coupons c on c.lane = l and c.order_no = r.order_no and c.created_at = r.finished_at
    where r.lane = l and ${isWithin(sql, 'r.finished_at', slice)} and r.kind = 'make'
      and r.state = 'accepted' and (r.order_no < ${slice.firstNo} or r.order_no >= ${slice.endNo}))`

/** Redemptions that came in the slice, and those that came before and that a supplier ended in it. */
export const redemptionsOfSlice = (sql: Queryable, slice: Slice) => sql`
  (select * from redemptions where ${madeInSlice(sql, slice)}
  union all
  select * from redemptions
  where lane = l and ${isWithin(sql, 'settled_at', slice)} and not (${isWithin(sql, 'created_at', slice)}))`

/** Supplier requests that were made or ended in the slice. */
export const requestsOfSlice = (sql: Queryable, slice: Slice) => sql`
  (select * from supplier_requests where ${madeInSlice(sql, slice)}
  union all
  select * from supplier_requests
  where lane = l and ${isWithin(sql, 'finished_at', slice)} and not (${isWithin(sql, 'created_at', slice)}))`

/** A row that is not as its neighbours say: what should be there, and what is. */
export type OddRow = { subject: string; expected: string; found: string }

/** Lanes with their indexes. */
type NumberedLanes = { lanes: readonly number[]; indexes: readonly number[] }

/** How many odd rows one statement names at most. */
export const mostOddRows = 100

/** Reads what is odd in some lanes of a slice, in one statement. */
export type ReadOdd = (sql: Queryable, lanes: NumberedLanes, slice: Slice, limits: Limits) => Promise<OddRow[]>

export type Limits = {
  /** Deliveries older than this may have been pruned. */
  deliveriesSince: Date
  /** How many attempts the schedule of a kind of notification of a face has. What is not named is not checked. */
  schedules: readonly { kind: NotificationKind; face: string; most: number }[]
}

/** Some rows in the order of their key: what is odd in them, and behind which place the next page begins, if there is one. */
export type Page = { odd: OddRow[]; next: string | undefined }

/** Reads a page of a table behind a place that another page has named; the first one behind ''. */
export type ReadPage = (sql: Queryable, after: string, limit: number) => Promise<Page>
