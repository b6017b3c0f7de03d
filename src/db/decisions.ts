import type { Queryable, Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'

/** Why a command was accepted or refused. `at` is the instant in the number, so that the number alone finds it. */
export type DecisionRow = {
  at: Date
  no: string
  verb: 'issue' | 'redeem'
  isAccepted: boolean
  /** Of a refusal: its code, and what it says to operators. */
  code: string | null
  message: string | null
  face: string
  appId: string
  channelId: string | null
  activityId: string | null
  templateId: string | null
  externalNo: string | null
  acceptorId: string | null
  merchantNo: string | null
  shopNo: string | null
  /** Of an issue the face value of all its coupons, of a redemption what was to be paid. */
  amountFen: number | null
  /** What rules could know, as `Facts`, but for the card's ends. */
  facts: unknown
  trace: unknown
}

/** A decision that is there already (a batch that was run again) is left as it is. */
export const insertDecisions = (tx: Tx, rows: DecisionRow[]): Promise<number> =>
  insertRows(tx, 'decisions', rows, 'do nothing')

export async function readDecision(sql: Queryable, at: Date, no: string): Promise<DecisionRow | undefined> {
  const rows = await sql<DecisionRow[]>`select * from decisions where at = ${at} and no = ${no}`
  return rows[0]
}

type RefusalFilter = {
  since: Date
  until?: Date | undefined
  channelId?: string | undefined
  code?: string | undefined
  /** Continue behind a refusal of an earlier page. */
  before?: { at: Date; no: string } | undefined
  limit: number
}

/** Refusals, the newest first. */
export async function findRefusals(sql: Queryable, filter: RefusalFilter): Promise<DecisionRow[]> {
  const { since, until = null, channelId = null, code = null, before, limit } = filter
  const isBefore = before === undefined ? sql`` : sql`and (at, no) < (${before.at}, ${before.no})`
  return sql<DecisionRow[]>`
    select * from decisions
    where not is_accepted and at >= ${since} and (${until}::timestamptz is null or at < ${until}) ${isBefore}
      and (${channelId}::text is null or channel_id = ${channelId}) and (${code}::text is null or code = ${code})
    order by at desc, no desc limit ${limit}`
}
