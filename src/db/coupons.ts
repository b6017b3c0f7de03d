import type { Queryable, Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'

export type CouponState = 'inactive' | 'issued' | 'frozen' | 'redeeming' | 'redeemed' | 'voided' | 'expired'

/** What was taken from a counter: its key and how much. */
export type Use = [key: string, amount: number]

/** A coupon's name inside the hub: where its code comes from, and its serial there. The code is derived from it. */
export type CouponName = { lane: number; sourceId: number; serial: number }

export type CouponRow = CouponName & {
  orderNo: string
  channelId: string
  activityId: string
  templateId: string
  state: CouponState
  faceValueFen: number
  useTimes: number
  usesLeft: number
  validFrom: Date
  validUntil: Date
  uses: Use[]
  usesReturned: Use[] | null
  createdAt: Date
  changedAt: Date
}

export const insertCoupons = (tx: Tx, rows: CouponRow[]): Promise<number> => insertRows(tx, 'coupons', rows)

/** The order in which coupons are locked. */
const compareCouponNames = (a: CouponName, b: CouponName): number =>
  a.lane - b.lane || a.sourceId - b.sourceId || a.serial - b.serial

const columns = (names: CouponName[]): [number[], number[], number[]] => [
  names.map((name) => name.lane),
  names.map((name) => name.sourceId),
  names.map((name) => name.serial),
]

/** Locks coupons in key order and reads them. What else is wanted of them is read by a later statement. */
export async function lockCoupons(tx: Tx, names: CouponName[]): Promise<CouponRow[]> {
  if (names.length === 0) return []
  const [lanes, sourceIds, serials] = columns(names.toSorted(compareCouponNames))
  return tx<CouponRow[]>`
    select c.*
    from unnest(${lanes}::int[], ${sourceIds}::int[], ${serials}::bigint[]) as x (lane, source_id, serial),
      lateral (select * from coupons
        where lane = x.lane and source_id = x.source_id and serial = x.serial for update) c`
}

export async function readCoupons(sql: Queryable, names: CouponName[]): Promise<CouponRow[]> {
  if (names.length === 0) return []
  const [lanes, sourceIds, serials] = columns(names)
  return sql<CouponRow[]>`
    select c.*
    from unnest(${lanes}::int[], ${sourceIds}::int[], ${serials}::bigint[]) as x (lane, source_id, serial),
      lateral (select * from coupons
        where lane = x.lane and source_id = x.source_id and serial = x.serial limit 1) c`
}

export async function readCouponsOfOrders(
  sql: Queryable,
  orders: { lane: number; no: string }[],
): Promise<CouponRow[]> {
  if (orders.length === 0) return []
  return sql<CouponRow[]>`
    select c.*
    from unnest(${orders.map((order) => order.lane)}::int[], ${orders.map((order) => order.no)}::text[]) as x (lane, no),
      lateral (select * from coupons where lane = x.lane and order_no = x.no order by source_id, serial) c`
}

export type CouponChange = CouponName &
  Pick<CouponRow, 'state' | 'usesLeft' | 'validUntil' | 'usesReturned' | 'changedAt'>

/** Writes what a verb changed of coupons that it has locked. */
export async function updateCoupons(tx: Tx, changes: CouponChange[]): Promise<void> {
  if (changes.length === 0) return
  const [lanes, sourceIds, serials] = columns(changes)
  const updated = await tx`
    update coupons set state = x.state, uses_left = x.uses_left, valid_until = x.valid_until::timestamptz,
      uses_returned = x.uses_returned::jsonb, changed_at = x.changed_at::timestamptz
    from unnest(${lanes}::int[], ${sourceIds}::int[], ${serials}::bigint[], ${changes.map((change) => change.state)}::text[],
        ${changes.map((change) => change.usesLeft)}::int[],
        ${changes.map((change) => change.validUntil.toISOString())}::text[],
        ${changes.map((change) => (change.usesReturned === null ? null : JSON.stringify(change.usesReturned)))}::text[],
        ${changes.map((change) => change.changedAt.toISOString())}::text[])
      as x (lane, source_id, serial, state, uses_left, valid_until, uses_returned, changed_at)
    where coupons.lane = x.lane and coupons.source_id = x.source_id and coupons.serial = x.serial`
  if (updated.count !== changes.length) throw new Error('a coupon that was locked is missing')
}

/** Coupons of some lanes whose validity has ended while they could still be used, the longest ended first. */
export async function findEndedCoupons(
  sql: Queryable,
  lanes: readonly number[],
  now: Date,
  limit: number,
): Promise<CouponName[]> {
  return sql<CouponName[]>`
    select c.lane, c.source_id, c.serial
    from unnest(${lanes}::int[]) l,
      lateral (select lane, source_id, serial, valid_until from coupons
        where lane = l and valid_until <= ${now} and state in ('inactive', 'issued', 'frozen')
        order by valid_until limit ${limit}) c
    order by c.valid_until limit ${limit}`
}

/** How many coupons there are of each code source: of which codes were given out, voided ones among them. */
export async function countCouponsBySource(sql: Queryable): Promise<Map<number, number>> {
  const rows = await sql<{ sourceId: number; count: number }[]>`
    select source_id, count(*) as count from coupons group by source_id`
  return new Map(rows.map(({ sourceId, count }) => [sourceId, count]))
}
