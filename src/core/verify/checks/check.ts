import type { ReadOdd, ReadPage } from '../../../db/proof/picture.ts'

/** What every check has: the name by which differences are counted, what to say of a subject, and what to do then. */
type Named = { name: string; say: (subject: string) => string; toDo: string }

/** Looks at each row of a slice of time: each day while it is open, and once when it is closed. */
export type RowCheck = Named & { read: ReadOdd }

/** Looks at a whole table, page by page: at every proof, or only when it is to be full. */
export type PageCheck = Named & { readPage: ReadPage; isForFull: boolean }

const setRight = `Find out who wrote to the database by other means than the hub. When the rows are right, set the counter to what is expected: update counters set used = … where key = '…'.`

/** What to do where sums are not what they should be, by the name of the check. */
export const sumsToDo = {
  stock: setRight,
  limit: setRight,
  holder_limit: setRight,
  counters: 'Run "quanhub verify --full", which names the closed day whose rows have changed since they were added up.',
  counter_max: 'Raise the limit to what is used, or void coupons: more was taken than there is.',
  balance_paid:
    'Compare the counter’s max with the payments in ledger_entries: one of them was changed by other means than the hub.',
  balance_taken:
    'Compare the counter with the orders in ledger_entries: one of them was changed by other means than the hub.',
  balance_held: setRight,
  pool_taken:
    'After a restore these are codes that were given out and are not on record. Otherwise look for coupons that were deleted; never set the number back, or codes are given out twice.',
  pool_size:
    'Find the missing codes in a backup, or import them again: codes of the pool were deleted or added by other means.',
  pool_codes: 'Find the missing codes in a backup: issuing stops where they would come next.',
  space_taken:
    'Stop issuing, and move the number on as "A restore to an earlier time" says: codes may be given out twice.',
  space_limit: 'Set the counter’s max back to at most what is expected: beyond it codes can be guessed.',
  daily_total:
    'Find out which rows, or which totals, were changed by other means than the hub. When the rows are right, correct the total in daily_totals.',
  expired_total: 'Find out whether coupons were deleted, or daily_totals changed, by other means than the hub.',
  closed_day:
    'Find out what changed the rows of a day that was closed. Once that is explained, delete the day from proof_days: the next proof adds it up anew.',
} as const
