import type { CouponName } from './coupons.ts'
import type { Queryable, Tx } from './client.ts'
import { insertRows } from './rows.ts'

export type RedemptionRow = CouponName & {
  no: string
  orderNo: string
  channelId: string
  activityId: string
  templateId: string
  acceptorId: string
  merchantNo: string
  shopNo: string
  traceNo: string | null
  state: 'pending' | 'succeeded' | 'failed' | 'reversed'
  /** What the till asked before the discount, and what the holder paid; null where the till did not say. */
  amountFen: number | null
  realAmountFen: number | null
  faceValueFen: number
  settleAmountFen: number
  fingerprint: Buffer
  createdAt: Date
  reversedAt: Date | null
}

export const insertRedemptions = (tx: Tx, rows: RedemptionRow[]): Promise<number> => insertRows(tx, 'redemptions', rows)

type RedemptionName = { lane: number; no: string }

export async function readRedemptions(sql: Queryable, names: RedemptionName[]): Promise<RedemptionRow[]> {
  if (names.length === 0) return []
  return sql<RedemptionRow[]>`
    select r.*
    from unnest(${names.map((name) => name.lane)}::int[], ${names.map((name) => name.no)}::text[]) as x (lane, no),
      lateral (select * from redemptions where lane = x.lane and no = x.no limit 1) r`
}

/** All redemptions of coupons, the newest first. */
export async function readRedemptionsOfCoupons(sql: Queryable, names: CouponName[]): Promise<RedemptionRow[]> {
  if (names.length === 0) return []
  return sql<RedemptionRow[]>`
    select r.*
    from unnest(${names.map((name) => name.lane)}::int[], ${names.map((name) => name.sourceId)}::int[],
        ${names.map((name) => name.serial)}::bigint[]) as x (lane, source_id, serial),
      lateral (select * from redemptions
        where lane = x.lane and source_id = x.source_id and serial = x.serial
        order by created_at desc, no desc limit 1000) r`
}

/** Marks redemptions reversed whose coupons the caller has locked. Each must stand, or the whole batch fails. */
export async function reverseRedemptions(tx: Tx, names: RedemptionName[], at: Date): Promise<void> {
  if (names.length === 0) return
  const updated = await tx`
    update redemptions set state = 'reversed', reversed_at = ${at}
    from unnest(${names.map((name) => name.lane)}::int[], ${names.map((name) => name.no)}::text[]) as x (lane, no)
    where redemptions.lane = x.lane and redemptions.no = x.no and state = 'succeeded'`
  if (updated.count !== names.length) throw new Error('a redemption that was to be reversed no longer stands')
}
