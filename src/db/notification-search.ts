import type { Queryable, Tx } from './client/client.ts'
import type { ClaimedNotification, NotificationName } from './notification-queue.ts'
import type { NotificationKind, NotificationRow } from './notifications.ts'

export type NotificationState = NotificationRow['state']

/** Which notifications; what is absent does not narrow. `since` is inclusive, `until` is not. */
export type NotificationFilter = {
  name?: NotificationName | undefined
  /** All that tell of one order. */
  order?: { lane: number; no: string } | undefined
  channelId?: string | undefined
  kinds?: readonly NotificationKind[] | undefined
  states?: readonly NotificationState[] | undefined
  since?: Date | undefined
  until?: Date | undefined
}

/** Where a page begins: behind this notification. */
export type PageStart = { createdAt: Date; no: string }

/** A page of notifications, the oldest first. */
export async function findNotifications(
  sql: Queryable,
  filter: NotificationFilter,
  after: PageStart | undefined,
  limit: number,
): Promise<NotificationRow[]> {
  const { name, order, channelId = null, kinds = null, states = null } = filter
  const since = after?.createdAt ?? filter.since ?? new Date(0)
  return sql<NotificationRow[]>`
    select * from notifications
    where created_at >= ${since} and (${filter.until ?? null}::timestamptz is null or created_at < ${filter.until ?? null})
      and (created_at, no) > (${since}, ${after?.no ?? ''})
      and (${name?.no ?? null}::text is null or (lane = ${name?.lane ?? null} and no = ${name?.no ?? null}))
      and (${order?.no ?? null}::text is null or (lane = ${order?.lane ?? null} and order_no = ${order?.no ?? null}))
      and (${channelId}::text is null or channel_id = ${channelId})
      and (${kinds && [...kinds]}::text[] is null or kind = any(${kinds && [...kinds]}::text[]))
      and (${states && [...states]}::text[] is null or state = any(${states && [...states]}::text[]))
    order by created_at, no limit ${limit}`
}

type NamedClaimOptions = { names: readonly NotificationName[]; states: readonly NotificationState[] } & {
  now: Date
  claimId: string
  claimedUntil: Date
}

/**
 * Claims these notifications, whatever their time, where they are in one of these states still and in nobody's hands.
 * Those of which a claim was lost are left to the dispatcher, which counts it.
 */
export async function claimNamed(tx: Tx, options: NamedClaimOptions): Promise<ClaimedNotification[]> {
  const { names, states, now, claimId, claimedUntil } = options
  if (names.length === 0) return []
  return tx<ClaimedNotification[]>`
    with picked as (
      select d.*
      from unnest(${names.map((name) => name.lane)}::int[], ${names.map((name) => name.no)}::text[]) as x (lane, no),
        lateral (select lane, no from notifications
          where lane = x.lane and no = x.no and state = any(${[...states]}::text[])
            and (claim_id is null or (state <> 'due' and claimed_until <= ${now}))
          for update skip locked) d)
    update notifications n set claim_id = ${claimId}::uuid, claimed_until = ${claimedUntil}
    from picked
    where n.lane = picked.lane and n.no = picked.no
    returning n.*, null::timestamptz as lost_claim_until`
}
