import type { Queryable, Tx } from './client/client.ts'
import type { Use } from './coupons.ts'
import { claimRows, inKeyOrder, type DueClaim } from './claims.ts'
import { insertRows } from './client/rows.ts'

/** What a supplier is asked. The number is our reference there: it never changes for the same order or redemption. */
export type SupplierRequestRow = {
  lane: number
  no: string
  kind: 'make' | 'confirm' | 'look_up'
  supplierId: string
  orderNo: string
  redemptionNo: string | null
  /** The coupon that a `look_up` is about. */
  sourceId: number | null
  serial: number | null
  /** What a pending order took from counters, all its coupons together; empty when its coupons carry it. */
  uses: Use[]
  state: 'due' | 'unanswered' | 'accepted' | 'refused'
  attempts: number
  dueAt: Date | null
  claimId: string | null
  claimedUntil: Date | null
  lastAnswer: string | null
  createdAt: Date
  finishedAt: Date | null
}

export type SupplierRequestName = { lane: number; no: string }

export const insertSupplierRequests = (tx: Tx, rows: SupplierRequestRow[]): Promise<number> =>
  insertRows(tx, 'supplier_requests', rows)

/** Locks requests in key order and reads them. */
export async function lockSupplierRequests(tx: Tx, names: SupplierRequestName[]): Promise<SupplierRequestRow[]> {
  if (names.length === 0) return []
  const sorted = inKeyOrder(names)
  return tx<SupplierRequestRow[]>`
    select r.*
    from unnest(${sorted.map(({ lane }) => lane)}::int[], ${sorted.map(({ no }) => no)}::text[]) as x (lane, no),
      lateral (select * from supplier_requests where lane = x.lane and no = x.no for update) r`
}

/** The requests of an order, the oldest first. */
export async function readRequestsOfOrder(
  sql: Queryable,
  lane: number,
  orderNo: string,
): Promise<SupplierRequestRow[]> {
  return sql<SupplierRequestRow[]>`
    select * from supplier_requests where lane = ${lane} and order_no = ${orderNo} order by created_at, no`
}

type SupplierRequestChange = SupplierRequestName &
  Pick<SupplierRequestRow, 'state' | 'uses' | 'attempts' | 'dueAt' | 'lastAnswer' | 'finishedAt'>

/** Writes what became of requests that the caller has locked, and gives their claims up. */
export async function updateSupplierRequests(tx: Tx, changes: SupplierRequestChange[]): Promise<void> {
  for (const change of changes) {
    const updated = await tx`
      update supplier_requests set state = ${change.state}, uses = ${JSON.stringify(change.uses)}::text::jsonb,
        attempts = ${change.attempts}, due_at = ${change.dueAt}, last_answer = ${change.lastAnswer},
        finished_at = ${change.finishedAt}, claim_id = null, claimed_until = null
      where lane = ${change.lane} and no = ${change.no}`
    if (updated.count !== 1) throw new Error(`supplier request ${change.no} is missing`)
  }
}

/**
 * Claims what is due: look-ups, which wait for a quiet moment, or everything else, which somebody waits for.
 * Two kinds of one line, so that many of the one do not delay the other.
 */
export const claimSupplierRequests = (
  tx: Tx,
  { isLookUp, ...claim }: DueClaim & { isLookUp: boolean; limit: number },
): Promise<SupplierRequestRow[]> => {
  const ofKind = isLookUp ? tx`kind = 'look_up'` : tx`kind <> 'look_up'`
  return claimRows(tx, { ...claim, queue: 'supplier_requests', which: tx`state = 'due' and ${ofKind}` })
}

type OpenRequestFilter = {
  supplierId?: string | undefined
  state?: 'due' | 'unanswered' | undefined
  /** Continue behind a request of an earlier page. */
  after?: { createdAt: Date; no: string } | undefined
  limit: number
}

/** What suppliers have not answered yet, the oldest first. */
export async function findOpenSupplierRequests(
  sql: Queryable,
  filter: OpenRequestFilter,
): Promise<SupplierRequestRow[]> {
  const { supplierId = null, state = null, after, limit } = filter
  const isAfter = after === undefined ? sql`` : sql`and (created_at, no) > (${after.createdAt}, ${after.no})`
  return sql<SupplierRequestRow[]>`
    select * from supplier_requests
    where state in ('due', 'unanswered') and (${supplierId}::text is null or supplier_id = ${supplierId})
      and (${state}::text is null or state = ${state}) ${isAfter}
    order by created_at, no limit ${limit}`
}
