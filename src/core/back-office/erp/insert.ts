import type { Tx } from '../../../db/client/client.ts'
import type { SetupWrite } from '../../../db/set-up-writes.ts'
import { refuse } from '../../command/errors.ts'
import type { Operator } from '../../command/command.ts'
import { actOnSetup, type SetupCore, type SetupDecision, type SetupRequest } from '../act.ts'
import { isSameContent, whenWritten } from '../same-content.ts'
import { pairKey, type App, type Setup } from '../../set-up/snapshot.ts'

/** The wire's fields in plain JSON, without secrets; and when the ERP changed it last (absent: now). */
export type ErpInput = { fields: Record<string, unknown>; updatedAt?: Date | undefined; isActive: boolean }

/** What an insert is answered; a repeat hears it again. */
export type Inserted = { id: string; traceNo: string; at: Date; isRepeat: boolean }

/** What the set-up keeps of it, in the column `written`. */
export type Written = {
  fields: Record<string, unknown>
  /** By the ERP's own word. ISO 8601, as `at`. */
  updatedAt: string
  traceNo: string
  at: string
}

type Row = { id: string; isEnabled: boolean; written: unknown }

/** What a first insert writes, and what the audit says of it. */
export type Added = { id: string; after: unknown; writes: SetupWrite[] }
export type Changed = { before: unknown; after: unknown; writes: SetupWrite[] }

/** How one kind of thing is inserted. Each has a natural key, by which it is found again. */
export type ErpInsert<Kept extends Row> = {
  kind: 'activity' | 'channel' | 'supplier' | 'template'
  input: ErpInput
  find: (setup: Setup) => Kept | undefined
  /** Whether what is not in `fields` is the same too; absent: there is nothing else. */
  isSame?: (row: Kept) => boolean
  add: (context: Adding) => Added | Promise<Added>
  change: (context: Changing<Kept>) => Changed | Promise<Changed>
}
export type Adding = { setup: Setup; now: Date; tx: Tx; written: Written }
export type Changing<Kept> = Adding & { row: Kept; before: Written; isEnabled: boolean }

/** Who acts, as the audit names an app that sets the hub up. */
export const erpOperator = (app: App): Operator => ({ name: pairKey(app.face, app.id), reason: undefined })

/**
 * Adds what an ERP wrote, or changes what is there under its natural key. The same again changes nothing and hears the
 * first answer. Other content changes it where it is newer, and is refused with `setup_conflict` where it is not, or
 * where an operator set up what is there.
 */
export function insertByErp<Kept extends Row>(
  core: SetupCore,
  request: SetupRequest,
  insert: ErpInsert<Kept>,
): Promise<Inserted> {
  const { kind, find } = insert
  return actOnSetup(
    core,
    erpOperator(request.app),
    {
      act: `${kind}.insert`,
      subjectKind: kind,
      decide: (setup, now, tx) => {
        const row = find(setup)
        const written = writtenOf(insert.input, request, now)
        const adding = { setup, now, tx, written }
        return row === undefined ? add(insert, adding) : change(insert, adding, row)
      },
    },
    request,
  )
}

const writtenOf = ({ fields, updatedAt }: ErpInput, { no }: SetupRequest, now: Date): Written => ({
  fields,
  updatedAt: whenWritten(updatedAt, now).toISOString(),
  traceNo: no,
  at: now.toISOString(),
})

async function add<Kept extends Row>(insert: ErpInsert<Kept>, adding: Adding): Promise<SetupDecision<Inserted>> {
  const { id, after, writes } = await insert.add(adding)
  return { subjectId: id, before: null, after, writes, result: answerOf(id, adding.written) }
}

async function change<Kept extends Row>(
  insert: ErpInsert<Kept>,
  adding: Adding,
  row: Kept,
): Promise<SetupDecision<Inserted>> {
  const { kind, input, isSame = () => true } = insert
  const { id } = row
  if (row.written === null) refuse('setup_conflict', `${kind} ${id} was set up by an operator, who alone changes it`)
  const before = row.written as Written
  if (isSameContent(contentOf(before.fields), contentOf(input.fields)) && isSame(row)) {
    return { isUnchanged: true, result: { ...answerOf(id, before), isRepeat: true } }
  }
  if (Date.parse(adding.written.updatedAt) <= Date.parse(before.updatedAt)) {
    const words = `${kind} ${id} has other content, of ${before.updatedAt}: only a newer updateTime changes it`
    refuse('setup_conflict', words, { field: 'updateTime' })
  }
  // A switch of an operator stays as it is until the ERP says otherwise.
  const isEnabled = input.isActive === isWrittenActive(before) ? row.isEnabled : input.isActive
  const changed = await insert.change({ ...adding, row, before, isEnabled })
  return { subjectId: id, ...changed, result: answerOf(id, adding.written) }
}

// When it was written is not what was written.
const contentOf = (fields: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'createTime' && name !== 'updateTime'))

const isWrittenActive = ({ fields }: Written): boolean => fields['isActive'] !== 'N'

const answerOf = (id: string, { traceNo, at }: Written): Inserted => ({
  id,
  traceNo,
  at: new Date(at),
  isRepeat: false,
})

const firstId = 10_000_001

/** The next number that is free, above those of the rows that an ERP made. */
export function nextErpId(rows: Iterable<Row>, isTaken: (id: string) => boolean): string {
  const given = [...rows].filter(({ written }) => written !== null).map(({ id }) => Number(id))
  let next = Math.max(firstId - 1, ...given) + 1
  while (isTaken(String(next))) next += 1
  return String(next)
}
