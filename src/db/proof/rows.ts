import type { NotificationKind } from '../notifications.ts'
import type { Queryable } from '../client/client.ts'
import type { Slice } from './picture.ts'

/** A row that is not as its neighbours say: what should be there, and what is. */
export type OddRow = { subject: string; expected: string; found: string }

/** Lanes with their indexes. */
export type NumberedLanes = { lanes: readonly number[]; indexes: readonly number[] }

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
