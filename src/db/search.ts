import type { AuditRow } from './audit.ts'
import type { Queryable } from './client/client.ts'
import type { OrderRow } from './orders.ts'

// What operators look for. No request of a partner asks any of it.

type HolderFilter = { memberId: string } | { openidHash: Buffer }

/** The orders of a holder, the newest first; `before` continues behind an order of an earlier page. */
export async function findOrdersOfHolder(
  sql: Queryable,
  holder: HolderFilter,
  before: { createdAt: Date; no: string } | undefined,
  limit: number,
): Promise<OrderRow[]> {
  const isHolder = 'memberId' in holder ? sql`member_id = ${holder.memberId}` : sql`openid_hash = ${holder.openidHash}`
  const isBefore = before === undefined ? sql`` : sql`and (created_at, no) < (${before.createdAt}, ${before.no})`
  return sql<OrderRow[]>`
    select * from orders where ${isHolder} ${isBefore} order by created_at desc, no desc limit ${limit}`
}

type AuditFilter = {
  subjectKind?: string | undefined
  subjectId?: string | undefined
  actor?: string | undefined
  act?: string | undefined
  since?: Date | undefined
  /** Continue behind an act of an earlier page. */
  before?: { at: Date; id: string } | undefined
  limit: number
}

/** Acts of operators, the newest first. */
export async function searchAudit(sql: Queryable, filter: AuditFilter): Promise<AuditRow[]> {
  const { subjectKind = null, subjectId = null, actor = null, act = null, before } = filter
  const isBefore = before === undefined ? sql`` : sql`and (at, id) < (${before.at}, ${before.id})`
  return sql<AuditRow[]>`
    select * from audit
    where at >= ${filter.since ?? new Date(0)} ${isBefore}
      and (${subjectKind}::text is null or subject_kind = ${subjectKind})
      and (${subjectId}::text is null or subject_id = ${subjectId})
      and (${actor}::text is null or actor = ${actor})
      and (${act}::text is null or act = ${act})
    order by at desc, id desc limit ${filter.limit}`
}
