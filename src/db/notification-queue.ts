import type { Queryable, Tx } from './client/client.ts'
import { notificationKinds as allKinds, type NotificationKind, type NotificationRow } from './notifications.ts'
import { claimRows, inKeyOrder, type Claim, type DueClaim, type Numbered } from './claims.ts'
import { rowsToJson } from './client/rows.ts'

/**
 * For this transaction: takes the first rows of an index in its order, rather than all of them to sort, which is what
 * the planner prefers while it believes that there are few. A backlog is exactly when it is wrong.
 */
export async function readInIndexOrder(tx: Tx): Promise<void> {
  await tx`select set_config('enable_bitmapscan', 'off', true)`
}

type NotificationClaim = DueClaim & {
  limit: number
  /** Absent: all kinds, and what is urgent (all but expiry) goes first. */
  kinds?: readonly NotificationKind[] | undefined
}

/**
 * A notification with the claim that was just put on it. `lostClaimUntil` is the end of an earlier claim that ran out
 * without a word: that process may have told the partner.
 */
export type ClaimedNotification = NotificationRow & { claimId: string; lostClaimUntil: Date | null }

/**
 * Claims what is due and in nobody's hands, the longest due first. An expiry waits until nothing else is due: a night in
 * which a million coupons end must not delay what happens at the tills. An earlier claim that was lost counts as an
 * attempt. Run it in a short transaction, behind `beginBatch` and `readInIndexOrder`.
 */
export async function claimDue(tx: Tx, options: NotificationClaim): Promise<ClaimedNotification[]> {
  const kinds = options.kinds ?? allKinds
  const urgent = kinds.some((kind) => kind !== 'expired') ? await claimOf(tx, { ...options, kinds }, false) : []
  const room = options.limit - urgent.length
  if (room <= 0 || !kinds.includes('expired')) return urgent
  return [...urgent, ...(await claimOf(tx, { ...options, kinds, limit: room }, true))]
}

// Few rows of every lane, rather than all of the first: a lane's share is generous enough for uneven lanes, and the
// next claim follows at once.
const perLane = (limit: number, lanes: number): number => Math.min(limit, Math.max(4, Math.ceil((4 * limit) / lanes)))

// Written out rather than a parameter: each of the two has a partial index of its own.
const kindIs = (sql: Queryable, isExpiry: boolean) => (isExpiry ? sql`kind = 'expired'` : sql`kind <> 'expired'`)

async function claimOf(tx: Tx, options: NotificationClaim, isExpiry: boolean): Promise<ClaimedNotification[]> {
  const { kinds = allKinds, ...claim } = options
  const rows = await claimRows<ClaimedNotification>(tx, {
    ...claim,
    queue: 'notifications',
    limitPerLane: perLane(claim.limit, claim.lanes.length),
    which: tx`state = 'due' and ${kindIs(tx, isExpiry)} and kind = any(${[...kinds]}::text[])`,
    set: tx`, attempts = q.attempts + (q.claim_id is not null)::int`,
    also: tx`, picked.claimed_until as lost_claim_until`,
  })
  return rows.toSorted(byDueTime)
}

const byDueTime = (a: NotificationRow, b: NotificationRow): number =>
  (a.dueAt?.getTime() ?? 0) - (b.dueAt?.getTime() ?? 0)

export type NotificationName = Numbered

/** What became of a notification by one more attempt. */
export type Completion = Claim & Pick<NotificationRow, 'state' | 'dueAt' | 'finishedAt'>

/**
 * Writes what attempts have led to, counts them and gives the claims up. Returns those that were written: a completion
 * whose claim is no longer the notification's own changes nothing.
 */
export async function completeDeliveries(
  tx: Queryable,
  completions: readonly Completion[],
): Promise<NotificationName[]> {
  if (completions.length === 0) return []
  const columns = inKeyOrder(completions).map(({ lane, no, claimId, state, dueAt, finishedAt }) => ({
    lane,
    no,
    claimId,
    state,
    dueAt,
    finishedAt,
  }))
  return tx<NotificationName[]>`
    update notifications n set state = c.state, due_at = c.due_at, finished_at = c.finished_at,
      attempts = n.attempts + 1, claim_id = null, claimed_until = null
    from jsonb_populate_recordset(null::notifications, ${rowsToJson(columns)}::text::jsonb) c
    where n.lane = c.lane and n.no = c.no and n.claim_id = c.claim_id
    returning n.lane, n.no`
}

/** Hands claims back untried, as they were: for a process that stops, and for a replay that did not come to them. */
export async function handBackClaims(sql: Queryable, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return
  const columns = inKeyOrder(claims).map(({ lane, no, claimId }) => ({ lane, no, claimId }))
  await sql`
    update notifications n set claim_id = null, claimed_until = null
    from jsonb_populate_recordset(null::notifications, ${rowsToJson(columns)}::text::jsonb) c
    where n.lane = c.lane and n.no = c.no and n.claim_id = c.claim_id`
}

/** When the next notification of these lanes that nobody has claimed is due; undefined where there is none. */
export async function nextDueAt(sql: Queryable, lanes: readonly number[], now: Date): Promise<Date | undefined> {
  const rows = await sql<{ dueAt: Date | null }[]>`
    select min(d.due_at) as due_at
    from unnest(${[...lanes]}::int[]) l,
      lateral (
        (select due_at from notifications
          where lane = l and state = 'due' and kind <> 'expired'
            and (claim_id is null or claimed_until <= ${now})
          order by due_at limit 1)
        union all
        (select due_at from notifications
          where lane = l and state = 'due' and kind = 'expired'
            and (claim_id is null or claimed_until <= ${now})
          order by due_at limit 1)) d`
  return rows[0]?.dueAt ?? undefined
}

// Counting millions for a gauge would slow what it measures.
const mostCounted = 100_000

/** How many notifications are due by this instant; 100,000 stands for as many or more. */
export async function countDue(sql: Queryable, now: Date): Promise<number> {
  const counts = await Promise.all(
    [false, true].map(
      (isExpiry) => sql<{ count: number }[]>`
        select count(*)::int as count
        from (select 1 from notifications
          where state = 'due' and ${kindIs(sql, isExpiry)} and due_at <= ${now} limit ${mostCounted}) due`,
    ),
  )
  return Math.min(
    mostCounted,
    counts.reduce((sum, [row]) => sum + row!.count, 0),
  )
}

/** How many have been due for longer than `seconds`, and are therefore late; 100,000 stands for as many or more. */
export const countLate = (sql: Queryable, now: Date, seconds: number): Promise<number> =>
  countDue(sql, new Date(now.getTime() - seconds * 1000))

/** Gives up claimed notifications without another attempt: those whose last one was lost with its process. */
export async function giveUpClaims(tx: Queryable, claims: readonly Claim[], at: Date): Promise<void> {
  if (claims.length === 0) return
  const columns = inKeyOrder(claims).map(({ lane, no, claimId }) => ({ lane, no, claimId }))
  await tx`
    update notifications n set state = 'given_up', due_at = null, finished_at = ${at}, claim_id = null,
      claimed_until = null
    from jsonb_populate_recordset(null::notifications, ${rowsToJson(columns)}::text::jsonb) c
    where n.lane = c.lane and n.no = c.no and n.claim_id = c.claim_id and n.state = 'due'`
}
