import type { Queryable, Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'

/** What a till's own number is bound to: a redemption, or a cancel that came before what it cancels. */
export type RequestNumberRow = {
  scopeHash: Buffer
  fingerprint: Buffer | null
  lane: number | null
  redemptionNo: string | null
  cancelledAt: Date | null
  createdAt: Date
}

/** The redemption that a till's number names; none where a cancel came before it. */
export const boundName = ({ lane, redemptionNo }: RequestNumberRow): { lane: number; no: string }[] =>
  lane === null || redemptionNo === null ? [] : [{ lane, no: redemptionNo }]

/** Binds numbers. One that is bound already fails the batch, which is then run again and sees what it is bound to. */
export const insertRequestNumbers = (tx: Tx, rows: RequestNumberRow[]): Promise<number> =>
  insertRows(
    tx,
    'request_numbers',
    rows.toSorted((a, b) => Buffer.compare(a.scopeHash, b.scopeHash)),
  )

export async function readRequestNumbers(sql: Queryable, scopeHashes: Buffer[]): Promise<RequestNumberRow[]> {
  if (scopeHashes.length === 0) return []
  return sql<RequestNumberRow[]>`
    select r.*
    from unnest(${scopeHashes.map((hash) => hash.toString('hex'))}::text[]) h,
      lateral (select * from request_numbers where scope_hash = decode(h, 'hex') limit 1) r`
}
