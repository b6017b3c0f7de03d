import type { Queryable, Tx } from './client/client.ts'
import { claimRows, inKeyOrder, type DueClaim } from './claims.ts'
import { insertRows, rowsToJson } from './client/rows.ts'

/** A redemption of a supplier's own code. The row is the queue by which the supplier is asked. */
export type ForeignRedemptionRow = {
  lane: number
  no: string
  acceptorId: string
  channelType: string
  supplierId: string
  merchantNo: string
  shopNo: string
  traceNo: string | null
  /** Encrypted. */
  code: Buffer
  codeHash: Buffer
  state: 'pending' | 'succeeded' | 'failed' | 'reversing' | 'reversed'
  /** Nobody else may use the code meanwhile: its redemption is under way, or used it up. */
  isHolding: boolean
  amountFen: number | null
  realAmountFen: number | null
  /** What the supplier said of the code; null where it did not say. */
  name: string | null
  faceValueFen: number | null
  settleAmountFen: number | null
  usesLeft: number | null
  /** What the supplier gave us to keep for its next step, encrypted. */
  memo: Buffer | null
  /** When the supplier said that the code may be used: before, it was not asked to use it. */
  preparedAt: Date | null
  /** When somebody wanted it taken back. */
  cancelledAt: Date | null
  failureCode: string | null
  failure: string | null
  fingerprint: Buffer
  attempts: number
  /** When the supplier is asked next; null where nothing is to be asked, or an operator decides. */
  dueAt: Date | null
  claimId: string | null
  claimedUntil: Date | null
  lastAnswer: string | null
  createdAt: Date
  settledAt: Date | null
  reversedAt: Date | null
}

export type ForeignRedemptionName = { lane: number; no: string }

/** A code of a supplier, by its keyed hash. */
type ForeignCode = { lane: number; supplierId: string; codeHash: Buffer }

/** One whose code is held already fails the batch, which is then run again and sees who holds it. */
export const insertForeignRedemptions = (tx: Tx, rows: ForeignRedemptionRow[]): Promise<number> =>
  insertRows(
    tx,
    'foreign_redemptions',
    rows.toSorted((a, b) => a.lane - b.lane || Buffer.compare(a.codeHash, b.codeHash)),
  )

const columns = (names: ForeignRedemptionName[]): [number[], string[]] => [
  names.map(({ lane }) => lane),
  names.map(({ no }) => no),
]

/** Locks redemptions in key order and reads them. */
export async function lockForeignRedemptions(tx: Tx, names: ForeignRedemptionName[]): Promise<ForeignRedemptionRow[]> {
  if (names.length === 0) return []
  const [lanes, nos] = columns(inKeyOrder(names))
  return tx<ForeignRedemptionRow[]>`
    select r.*
    from unnest(${lanes}::int[], ${nos}::text[]) as x (lane, no),
      lateral (select * from foreign_redemptions where lane = x.lane and no = x.no for update) r`
}

export async function readForeignRedemptions(
  sql: Queryable,
  names: ForeignRedemptionName[],
): Promise<ForeignRedemptionRow[]> {
  if (names.length === 0) return []
  const [lanes, nos] = columns(names)
  return sql<ForeignRedemptionRow[]>`
    select r.*
    from unnest(${lanes}::int[], ${nos}::text[]) as x (lane, no),
      lateral (select * from foreign_redemptions where lane = x.lane and no = x.no limit 1) r`
}

/** Who holds codes now: at most one each. */
export async function readForeignHolders(sql: Queryable, codes: ForeignCode[]): Promise<ForeignRedemptionRow[]> {
  if (codes.length === 0) return []
  return sql<ForeignRedemptionRow[]>`
    select r.*
    from unnest(${codes.map(({ lane }) => lane)}::int[], ${codes.map(({ supplierId }) => supplierId)}::text[],
        ${codes.map(({ codeHash }) => codeHash.toString('hex'))}::text[]) as x (lane, supplier_id, hash),
      lateral (select * from foreign_redemptions
        where lane = x.lane and supplier_id = x.supplier_id and code_hash = decode(x.hash, 'hex') and is_holding
        limit 1) r`
}

/** The latest redemptions of a code, whosever it is, the newest first. */
export async function readForeignRedemptionsOfCode(
  sql: Queryable,
  { lane, codeHash }: Pick<ForeignCode, 'lane' | 'codeHash'>,
): Promise<ForeignRedemptionRow[]> {
  return sql<ForeignRedemptionRow[]>`
    select * from foreign_redemptions where lane = ${lane} and code_hash = ${codeHash}
    order by created_at desc, no desc limit 1000`
}

/** What changes of a redemption after it was made. */
type ForeignRedemptionChange = ForeignRedemptionName &
  Pick<
    ForeignRedemptionRow,
    | 'state'
    | 'isHolding'
    | 'name'
    | 'faceValueFen'
    | 'settleAmountFen'
    | 'usesLeft'
    | 'memo'
    | 'preparedAt'
    | 'cancelledAt'
    | 'failureCode'
    | 'failure'
    | 'attempts'
    | 'dueAt'
    | 'claimId'
    | 'claimedUntil'
    | 'lastAnswer'
    | 'settledAt'
    | 'reversedAt'
  >

/** Writes what became of redemptions that the caller has locked. */
export async function updateForeignRedemptions(tx: Tx, rows: ForeignRedemptionChange[]): Promise<void> {
  if (rows.length === 0) return
  const updated = await tx`
    update foreign_redemptions r set state = n.state, is_holding = n.is_holding, name = n.name,
      face_value_fen = n.face_value_fen, settle_amount_fen = n.settle_amount_fen, uses_left = n.uses_left,
      memo = n.memo, prepared_at = n.prepared_at, cancelled_at = n.cancelled_at, failure_code = n.failure_code,
      failure = n.failure, attempts = n.attempts, due_at = n.due_at, claim_id = n.claim_id,
      claimed_until = n.claimed_until, last_answer = n.last_answer, settled_at = n.settled_at,
      reversed_at = n.reversed_at
    from json_populate_recordset(null::foreign_redemptions, ${rowsToJson(rows)}::text::json) n
    where r.lane = n.lane and r.no = n.no`
  if (updated.count !== rows.length) throw new Error('a redemption of a supplier’s code is missing')
}

/** Claims what is due. What suppliers have answered, or were asked for too often, is not due at any time. */
export const claimForeignRedemptions = (tx: Tx, claim: DueClaim & { limit: number }): Promise<ForeignRedemptionRow[]> =>
  claimRows(tx, { ...claim, queue: 'foreign_redemptions', which: tx`true` })

type OpenForeignFilter = {
  supplierId?: string | undefined
  /** Only those that were asked as often as they may be, and wait for an operator. */
  isUnanswered?: boolean | undefined
  /** Continue behind one of an earlier page. */
  after?: { createdAt: Date; no: string } | undefined
  limit: number
}

/** What suppliers have not answered yet, the oldest first. */
export async function findOpenForeignRedemptions(
  sql: Queryable,
  filter: OpenForeignFilter,
): Promise<ForeignRedemptionRow[]> {
  const { supplierId = null, isUnanswered = false, after, limit } = filter
  const isAfter = after === undefined ? sql`` : sql`and (created_at, no) > (${after.createdAt}, ${after.no})`
  return sql<ForeignRedemptionRow[]>`
    select * from foreign_redemptions
    where state in ('pending', 'reversing') and (${supplierId}::text is null or supplier_id = ${supplierId})
      and (not ${isUnanswered} or due_at is null) ${isAfter}
    order by created_at, no limit ${limit}`
}
