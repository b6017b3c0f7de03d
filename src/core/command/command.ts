import type { AuditRow } from '../../db/audit.ts'

/** What every command carries. */
export type Command = {
  /** Given when the request is received. What the command writes carries it, so that a re-run finds its own effect. */
  no: string
  /** After this instant nobody waits for the answer any more: the command is dropped before it is decided. */
  deadline: Date
}

/** Who acts by hand, and why. */
export type Operator = { name: string; reason: string | undefined }

/** The line in the audit table for one act; its id is the command's, so that a re-run cannot write it twice. */
export function auditRow(
  command: { no: string },
  operator: Operator,
  act: string,
  subjectKind: string,
  subjectId: string,
  before: unknown,
  after: unknown,
  now: Date,
): AuditRow {
  return {
    at: now,
    id: command.no,
    actor: operator.name,
    act,
    subjectKind,
    subjectId,
    reason: operator.reason ?? null,
    before,
    after,
  }
}
