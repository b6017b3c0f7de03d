import type { Database, Tx } from './client.ts'

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

/**
 * Runs a few short reads that see the same picture. Nothing is locked; but as long as it is open the database keeps
 * old versions of hot rows, so it must end soon. As in a batch, everything is found by key (see `beginBatch`).
 */
export async function inPicture<T>(database: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    await tx`set transaction isolation level repeatable read, read only`
    await tx`
      select set_config('statement_timeout', ${String(runTimeoutMilliseconds)}, true),
        set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
        set_config('enable_seqscan', 'off', true)`
    return work(tx)
  })
}
