import type { DecisionRow } from './decisions.ts'
import type { Queryable } from './client.ts'
import type { OrderRow } from './orders.ts'
import type { Slice } from './proof-picture.ts'
import type { RedemptionRow } from './redemptions.ts'

// What was decided in a stretch of time, for reckoning with it anew. Each statement is short: a few minutes of traffic.

/** Orders that were accepted in a slice; a failed one was accepted, and its supplier refused. */
export async function readOrdersOfSlice(sql: Queryable, lanes: readonly number[], slice: Slice): Promise<OrderRow[]> {
  const { from, until, firstNo, endNo } = slice
  return sql<OrderRow[]>`
    select o.* from unnest(${[...lanes]}::int[]) l, lateral (
      select * from orders where lane = l and no >= ${firstNo} and no < ${endNo}
        and created_at >= ${from} and created_at < ${until}) o`
}

/** A redemption with the face value of its coupon. */
export type RecordedRedemption = RedemptionRow & { couponFen: number }

/** Redemptions that were accepted in a slice, those that were taken back too. */
export async function readRedemptionsOfSlice(
  sql: Queryable,
  lanes: readonly number[],
  slice: Slice,
): Promise<RecordedRedemption[]> {
  const { from, until, firstNo, endNo } = slice
  return sql<RecordedRedemption[]>`
    select r.*, c.face_value_fen as coupon_fen from unnest(${[...lanes]}::int[]) l, lateral (
      select * from redemptions where lane = l and no >= ${firstNo} and no < ${endNo}
        and created_at >= ${from} and created_at < ${until}) r,
      lateral (select face_value_fen from coupons
        where lane = r.lane and source_id = r.source_id and serial = r.serial limit 1) c`
}

/** Refusals of a slice of which facts are kept. */
export async function readRefusalsOfSlice(sql: Queryable, { from, until }: Slice): Promise<DecisionRow[]> {
  return sql<DecisionRow[]>`
    select * from decisions where not is_accepted and facts <> 'null' and at >= ${from} and at < ${until}`
}
