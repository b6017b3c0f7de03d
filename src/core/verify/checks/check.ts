import type { ReadOdd, ReadPage } from '../../../db/proof/rows.ts'

/** What every check has: the name by which differences are counted, what to say of a subject, and what to do then. */
type Named = { name: string; say: (subject: string) => string; toDo: string }

/** Looks at each row of a slice of time: each day while it is open, and once when it is closed. */
export type RowCheck = Named & { read: ReadOdd }

/** Looks at a whole table, page by page: at every proof, or only when it is to be full. */
export type PageCheck = Named & { readPage: ReadPage; isForFull: boolean }
