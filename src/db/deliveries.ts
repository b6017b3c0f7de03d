import type { Queryable } from './client/client.ts'
import type { NotificationName } from './notification-queue.ts'
import { insertRows } from './client/rows.ts'

/**
 * How an attempt ended: the partner said its word of success (`delivered`) or anything else (`refused`), nothing came
 * back (`failed`), or nobody knows, because the process that tried was gone before it wrote it down (`unknown`).
 */
export type DeliveryOutcome = 'delivered' | 'refused' | 'failed' | 'unknown'

/** One attempt to tell. Each is kept, manual ones too. */
export type DeliveryRow = {
  lane: number
  notificationNo: string
  /** From 1, manual attempts counted with the others. */
  attempt: number
  isManual: boolean
  startedAt: Date
  durationMilliseconds: number
  outcome: DeliveryOutcome
  httpStatus: number | null
  /** What the partner said, cut and masked. */
  answer: string | null
  error: string | null
}

export const insertDeliveries = (tx: Queryable, rows: DeliveryRow[]): Promise<number> =>
  insertRows(tx, 'deliveries', rows)

/** All attempts to deliver one notification, the oldest first. */
export async function readDeliveries(sql: Queryable, { lane, no }: NotificationName): Promise<DeliveryRow[]> {
  return sql<DeliveryRow[]>`
    select * from deliveries where lane = ${lane} and notification_no = ${no} order by attempt, started_at`
}

/** How many attempts of each notification were made by hand; those with none are left out. */
export async function countManualDeliveries(
  sql: Queryable,
  names: readonly NotificationName[],
): Promise<(NotificationName & { count: number })[]> {
  if (names.length === 0) return []
  return sql<(NotificationName & { count: number })[]>`
    select x.lane, x.no, d.count
    from unnest(${names.map((name) => name.lane)}::int[], ${names.map((name) => name.no)}::text[]) as x (lane, no),
      lateral (select count(*)::int as count from deliveries
        where lane = x.lane and notification_no = x.no and is_manual) d
    where d.count > 0`
}
