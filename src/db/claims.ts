import type { Queryable, Tx } from './client/client.ts'
import { rowsToJson } from './client/rows.ts'

// Three tables are queues: what is to be told, and what suppliers are to be asked about coupons of ours and about codes of
// their own. A claim is a lease (until when) with an id of its own (the fence): whoever finishes must name the claim, so a
// process that was paused past its lease changes nothing that another one has taken over.

export type Queue = 'notifications' | 'supplier_requests' | 'foreign_redemptions'

/** By what rows that stand in a lane are named. */
export type Numbered = { lane: number; no: string }
export type Claim = Numbered & { claimId: string }

/** For whom, and until when, what is due in some lanes is claimed. */
export type DueClaim = { lanes: readonly number[]; now: Date; claimId: string; claimedUntil: Date }

type Fragment = ReturnType<Queryable>

type ClaimOptions = DueClaim & {
  queue: Queue
  limit: number
  /** How many of one lane at most; absent: as many as in all. */
  limitPerLane?: number
  /** Which rows, as far as `due_at` does not say it. Written out, so that a partial index of its own serves it. */
  which: Fragment
  /** What is set besides the claim, beginning with a comma. */
  set?: Fragment
  /** What is returned besides the row, beginning with a comma. */
  also?: Fragment
}

/** Claims what is due and in nobody's hands, the longest due first. `picked.claimed_until` is the end of an earlier claim. */
export async function claimRows<Row extends object>(tx: Tx, options: ClaimOptions): Promise<Row[]> {
  const { lanes, now, claimId, claimedUntil, limit, limitPerLane = limit, which } = options
  const { set = tx``, also = tx`` } = options
  const queue = tableOf(tx, options.queue)
  return tx<Row[]>`
    with picked as (
      select d.*
      from unnest(${[...lanes]}::int[]) l,
        lateral (select lane, no, due_at, claimed_until from ${queue}
          where lane = l and ${which} and due_at <= ${now} and (claim_id is null or claimed_until <= ${now})
          order by due_at limit ${limitPerLane} for update skip locked) d
      order by d.due_at limit ${limit})
    update ${queue} q set claim_id = ${claimId}::uuid, claimed_until = ${claimedUntil} ${set}
    from picked where q.lane = picked.lane and q.no = picked.no
    returning q.* ${also}`
}

/** Hands claims back untried, to be due again at `dueAt`: no attempt is used up. */
export async function postponeClaims(
  sql: Queryable,
  queue: Queue,
  claims: readonly (Claim & { dueAt: Date })[],
): Promise<void> {
  if (claims.length === 0) return
  const columns = inKeyOrder(claims).map(({ lane, no, claimId, dueAt }) => ({ lane, no, claimId, dueAt }))
  const table = tableOf(sql, queue)
  await sql`
    update ${table} q set due_at = c.due_at, claim_id = null, claimed_until = null
    from jsonb_populate_recordset(null::${table}, ${rowsToJson(columns)}::text::jsonb) c
    where q.lane = c.lane and q.no = c.no and q.claim_id = c.claim_id and q.due_at is not null`
}

/** Lets all claims run out now: for a process that knows that no other one lives which could have made them. */
export async function endClaims(sql: Queryable, queue: Queue, at: Date): Promise<void> {
  await sql`
    update ${tableOf(sql, queue)} set claimed_until = ${at}
    where due_at is not null and claim_id is not null and claimed_until > ${at}`
}

function tableOf(sql: Queryable, queue: Queue): Fragment {
  switch (queue) {
    case 'notifications':
      return sql`notifications`
    case 'supplier_requests':
      return sql`supplier_requests`
    case 'foreign_redemptions':
      return sql`foreign_redemptions`
  }
}

/** Locks are taken in this order everywhere, so that no two batches wait for each other. */
export const inKeyOrder = <Row extends Numbered>(rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => a.lane - b.lane || (a.no < b.no ? -1 : Number(a.no > b.no)))
