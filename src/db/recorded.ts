import type { DecisionRow } from './decisions.ts'
import type { Queryable } from './client/client.ts'
import type { OrderRow } from './orders.ts'
import type { Slice } from './proof/picture.ts'
import type { RedemptionRow } from './redemptions.ts'

// What was decided in a stretch of time, for reckoning with it anew. Each statement reads a slice, and `limit` rows of it at
// most (null: all).

/**
 * An order that was accepted. One that its supplier refused may have been made anew under its number: each time counts
 * for itself.
 */
export type RecordedOrder = Pick<
  OrderRow,
  'no' | 'channelId' | 'externalNo' | 'activityId' | 'templateId' | 'supplierId' | 'quantity'
> & {
  decidedAt: Date
  /** When its supplier refused it. */
  failedAt: Date | null
  /** Of its coupons: the face value of each, and when some were voided (ISO 8601). Null where there are none. */
  couponFen: number | null
  voidedAt: string[] | null
}

export async function readOrdersOfSlice(sql: Queryable, lanes: readonly number[], slice: Slice, limit: number | null) {
  const { from, until, firstNo, endNo } = slice
  return sql<RecordedOrder[]>`
    select o.no, o.channel_id, o.external_no, o.activity_id, o.template_id, o.supplier_id, o.quantity, o.decided_at,
      o.failed_at, c.coupon_fen, c.voided_at
    from unnest(${[...lanes]}::int[]) l, lateral (
        select o.*, created_at as decided_at, null::timestamptz as failed_at from orders o
        where lane = l and no >= ${firstNo} and no < ${endNo} and created_at >= ${from} and created_at < ${until}
          and (supplier_id is null or (
            select r.no from supplier_requests r
            where r.lane = l and r.order_no = o.no and r.kind = 'make' limit 1) is null)
        union all
        select o.*, r.created_at, case when r.state = 'refused' then r.finished_at end
        from supplier_requests r, lateral (select * from orders where lane = l and no = r.order_no limit 1) o
        where r.lane = l and r.no >= ${firstNo} and r.no < ${endNo} and r.kind = 'make'
          and r.created_at >= ${from} and r.created_at < ${until}) o,
      lateral (
        select max(face_value_fen) as coupon_fen, jsonb_agg(changed_at) filter (where state = 'voided') as voided_at
        from coupons where lane = l and order_no = o.no and o.failed_at is null) c
    limit ${limit}`
}

/** A redemption that was accepted, with its coupon's face value, and how often that may be used. */
export type RecordedRedemption = RedemptionRow & { couponFen: number; useTimes: number }

export async function readRedemptionsOfSlice(
  sql: Queryable,
  lanes: readonly number[],
  slice: Slice,
  limit: number | null,
) {
  const { from, until, firstNo, endNo } = slice
  return sql<RecordedRedemption[]>`
    select r.*, c.face_value_fen as coupon_fen, c.use_times from unnest(${[...lanes]}::int[]) l, lateral (
      select * from redemptions where lane = l and no >= ${firstNo} and no < ${endNo}
        and created_at >= ${from} and created_at < ${until}) r,
      lateral (select face_value_fen, use_times from coupons
        where lane = r.lane and source_id = r.source_id and serial = r.serial limit 1) c
    limit ${limit}`
}

/** A refusal of which facts are kept; of a redemption with how often its coupon may be used. */
export type RecordedRefusal = DecisionRow & { decidedAt: Date; useTimes: number | null }

export async function readRefusalsOfSlice(sql: Queryable, slice: Slice, limit: number | null) {
  const { from, until, receivedFrom, receivedUntil } = slice
  return sql<RecordedRefusal[]>`
    select d.*, c.use_times
    from (select *, coalesce((trace ->> 'decidedAt')::timestamptz, at) as decided_at from decisions
        where not is_accepted and facts <> 'null' and at >= ${receivedFrom} and at < ${receivedUntil}) d
      left join lateral (select use_times from coupons
        where lane = (d.trace -> 'coupon' ->> 'lane')::int and source_id = (d.trace -> 'coupon' ->> 'sourceId')::int
          and serial = (d.trace -> 'coupon' ->> 'serial')::bigint limit 1) c on true
    where d.decided_at >= ${from} and d.decided_at < ${until}
    limit ${limit}`
}

/** Why orders and redemptions were accepted, as far as it is kept, by their numbers and the instants in those. */
export async function readDecisionsOf(sql: Queryable, names: { at: Date; no: string }[]) {
  if (names.length === 0) return []
  return sql<Pick<DecisionRow, 'no' | 'facts' | 'trace'>[]>`
    select d.*
    from unnest(${names.map(({ at }) => at.toISOString())}::text[], ${names.map(({ no }) => no)}::text[]) as x (at, no),
      lateral (select no, facts, trace from decisions where at = x.at::timestamptz and no = x.no limit 1) d`
}
