import type { Queryable, Tx } from './client.ts'
import { insertRows } from './rows.ts'

/** One act of an operator: who did what to what, why, and what it was before and after. */
export type AuditRow = {
  at: Date
  id: string
  actor: string
  act: string
  subjectKind: string
  subjectId: string
  reason: string | null
  before: unknown
  after: unknown
}

export const insertAudit = (tx: Tx, rows: AuditRow[]): Promise<number> => insertRows(tx, 'audit', rows)

/** Acts, the newest first; of one subject, or of all. */
export async function readAudit(
  sql: Queryable,
  filter: { subjectKind?: string | undefined; subjectId?: string | undefined; since?: Date | undefined; limit: number },
): Promise<AuditRow[]> {
  return sql<AuditRow[]>`
    select * from audit
    where (${filter.subjectKind ?? null}::text is null or subject_kind = ${filter.subjectKind ?? null})
      and (${filter.subjectId ?? null}::text is null or subject_id = ${filter.subjectId ?? null})
      and at >= ${filter.since ?? new Date(0)}
    order by at desc, id desc limit ${filter.limit}`
}
