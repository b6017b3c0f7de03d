import type { CouponName, Use } from './coupons.ts'
import type { Tx } from './client/client.ts'
import type { Slice } from './proof/picture.ts'

// What is needed to count afterwards what limits took no notice of.

/**
 * Waits until no batch is under way, and keeps new ones waiting until the transaction ends: every batch holds the same
 * lock, shared (see `beginBatch`). What was decided before is then committed, and what comes behind it sees the new set-up.
 */
export async function stopBatches(tx: Tx): Promise<void> {
  await tx`select set_config('lock_timeout', '30s', true)`
  await tx`select pg_advisory_xact_lock(hashtext('quanhub batches'))`
}

type Parties = { activityId: string; templateId: string; channelId: string }

/** A coupon that its order took uses for, which it carries. */
type MadeCoupon = CouponName & Parties & { uses: Use[]; faceValueFen: number; at: Date }

/** Coupons of orders that came in a slice; not those that were voided, which gave back what they took. */
export async function readCouponsMade(tx: Tx, lanes: readonly number[], slice: Slice): Promise<MadeCoupon[]> {
  const { from, until, firstNo, endNo } = slice
  return tx<MadeCoupon[]>`
    select c.lane, c.source_id, c.serial, c.activity_id, c.template_id, c.channel_id, c.uses, c.face_value_fen,
      o.created_at as at
    from unnest(${[...lanes]}::int[]) l, lateral (
      select lane, no, created_at from orders where lane = l and no >= ${firstNo} and no < ${endNo}
        and created_at >= ${from} and created_at < ${until}) o,
      lateral (select * from coupons where lane = o.lane and order_no = o.no and state <> 'voided') c`
}

/** An order whose supplier has not answered yet: its request carries what it took, until its coupons do. */
type PendingMake = Parties & { lane: number; no: string; uses: Use[]; quantity: number; at: Date }

export async function readPendingMakes(tx: Tx, since: Date): Promise<PendingMake[]> {
  return tx<PendingMake[]>`
    select r.lane, r.no, r.uses, o.activity_id, o.template_id, o.channel_id, o.quantity, r.created_at as at
    from supplier_requests r join orders o on o.lane = r.lane and o.no = r.order_no
    where r.state in ('due', 'unanswered') and r.kind = 'make' and r.created_at >= ${since}`
}

type Named = { lane: number; no: string; uses: Use[] }

const usesOf = (rows: { uses: Use[] }[]): string[] => rows.map(({ uses }) => JSON.stringify(uses))

const requireAll = (rows: unknown[], { count }: { count: number }): void => {
  if (count !== rows.length) throw new Error('a row that was to be counted is missing')
}

/** Adds to what coupons took. */
export async function addUsesToCoupons(tx: Tx, rows: (CouponName & { uses: Use[] })[]): Promise<void> {
  if (rows.length === 0) return
  const added = await tx`
    update coupons set uses = coupons.uses || x.uses::jsonb
    from unnest(${rows.map(({ lane }) => lane)}::int[], ${rows.map(({ sourceId }) => sourceId)}::int[],
      ${rows.map(({ serial }) => serial)}::bigint[], ${usesOf(rows)}::text[]) as x (lane, source_id, serial, uses)
    where coupons.lane = x.lane and coupons.source_id = x.source_id and coupons.serial = x.serial`
  requireAll(rows, added)
}

/** Adds to what redemptions took. */
export async function addUsesToRedemptions(tx: Tx, rows: Named[]): Promise<void> {
  if (rows.length === 0) return
  const added = await tx`
    update redemptions set uses = redemptions.uses || x.uses::jsonb
    from unnest(${rows.map(({ lane }) => lane)}::int[], ${rows.map(({ no }) => no)}::text[], ${usesOf(rows)}::text[])
      as x (lane, no, uses)
    where redemptions.lane = x.lane and redemptions.no = x.no`
  requireAll(rows, added)
}

/** Adds to what pending orders took. */
export async function addUsesToRequests(tx: Tx, rows: Named[]): Promise<void> {
  if (rows.length === 0) return
  const added = await tx`
    update supplier_requests set uses = supplier_requests.uses || x.uses::jsonb
    from unnest(${rows.map(({ lane }) => lane)}::int[], ${rows.map(({ no }) => no)}::text[], ${usesOf(rows)}::text[])
      as x (lane, no, uses)
    where supplier_requests.lane = x.lane and supplier_requests.no = x.no`
  requireAll(rows, added)
}

/** Has the days from `day` (yyyy-MM-dd) on added up anew by the next proof: their rows carry more than they did. */
export async function forgetProofDays(tx: Tx, day: string): Promise<void> {
  await tx`delete from proof_days where day >= ${day}::date`
}
