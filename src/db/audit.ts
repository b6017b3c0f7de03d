import type { Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'

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
