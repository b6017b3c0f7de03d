import type { CouponName, Use } from './coupons.ts'
import type { OrderTerms } from './orders.ts'
import type { Queryable, Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'

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
  /** What the coupon, or a rule instead of it, was worth, and what of that was taken off: at most `amountFen`. */
  faceValueFen: number
  /** Null where it was decided before this was kept: then the face value was booked. */
  discountFen: number | null
  /** The discount less what the merchant bears of it. */
  settleAmountFen: number
  fingerprint: Buffer
  createdAt: Date
  reversedAt: Date | null
  uses: Use[]
  usesReturned: Use[] | null
  /** When its coupon's supplier had its word; null where it was not asked. */
  settledAt: Date | null
  /** The supplier that told of it, and when it says that was; null where a till of ours asked. */
  toldBy: string | null
  usedAt: Date | null
  detail: RedemptionDetail
}

/** What a redemption took off, in fen: one that was decided before this was kept was booked with its face value. */
export const discountOf = ({
  discountFen,
  faceValueFen,
}: Pick<RedemptionRow, 'discountFen' | 'faceValueFen'>): number => discountFen ?? faceValueFen

export const insertRedemptions = (tx: Tx, rows: RedemptionRow[]): Promise<number> => insertRows(tx, 'redemptions', rows)

/** What a till said besides, and what rules made of it. A card number is never here: its hash, and six and four digits. */
export type RedemptionDetail = {
  scene?: string
  cityId?: string
  tid?: string
  swift?: string
  storeName?: string
  cashierTransNo?: string
  refNo?: string
  requestId?: string
  remark?: string
  card?: { hash: string; masked: string }
  goods?: { sku?: string; type?: string; spec?: string; qty: number; priceFen: number }[]
  /** What BuyGet rules gave: the face value, what the till books, what counts against its price, and the merchant's part. */
  discount?: {
    faceFen: number
    netFen: number
    reduceFen: number
    merchantFen: number
    cashierCodes: string[]
    /** What of it falls on each line of the cart. */
    lineFen: number[]
  }
  /** Who bears the coupon's face value, as its order said. */
  funds?: OrderTerms['funds']
  /** Why a supplier refused it, or why it could not be a use of the coupon. */
  failure?: string
  /** The coupon had been expired when its supplier told of the use. */
  wasExpired?: true
  /** The coupon's channel asked for it, over its own wire; a till did where it is absent. */
  isByChannel?: true
}

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

type ToldUseName = { no: string; usedAt: Date }

/** The uses of some time that a supplier told of, in one lane, from the page behind `after` on; none that was reversed. */
export async function readToldUses(
  sql: Queryable,
  lane: number,
  { supplierId, from, until }: { supplierId: string; from: Date; until: Date },
  after: ToldUseName | undefined,
  limit: number,
): Promise<RedemptionRow[]> {
  const isAfter = after === undefined ? sql`` : sql`and (used_at, no) > (${after.usedAt}, ${after.no})`
  return sql<RedemptionRow[]>`
    select * from redemptions
    where lane = ${lane} and told_by = ${supplierId} and used_at >= ${from} and used_at < ${until}
      and state = 'succeeded' ${isAfter}
    order by used_at, no limit ${limit}`
}

/** Ends pending redemptions whose coupons the caller has locked. Each must be pending, or the whole batch fails. */
export async function finishRedemptions(tx: Tx, redemptions: RedemptionRow[]): Promise<void> {
  for (const { lane, no, state, usesReturned, settledAt, detail } of redemptions) {
    const updated = await tx`
      update redemptions set state = ${state}, settled_at = ${settledAt}, detail = ${JSON.stringify(detail)}::text::jsonb,
        uses_returned = ${usesReturned === null ? null : JSON.stringify(usesReturned)}::text::jsonb
      where lane = ${lane} and no = ${no} and state = 'pending'`
    if (updated.count !== 1) throw new Error(`redemption ${no} is not pending`)
  }
}

/** Marks redemptions reversed whose coupons the caller has locked. Each must stand, or the whole batch fails. */
export async function reverseRedemptions(
  tx: Tx,
  names: (RedemptionName & Pick<RedemptionRow, 'usesReturned'>)[],
  at: Date,
): Promise<void> {
  if (names.length === 0) return
  const returned = names.map(({ usesReturned }) => (usesReturned === null ? null : JSON.stringify(usesReturned)))
  const updated = await tx`
    update redemptions set state = 'reversed', reversed_at = ${at}, uses_returned = x.uses_returned::jsonb
    from unnest(${names.map((name) => name.lane)}::int[], ${names.map((name) => name.no)}::text[], ${returned}::text[])
      as x (lane, no, uses_returned)
    where redemptions.lane = x.lane and redemptions.no = x.no and state = 'succeeded'`
  if (updated.count !== names.length) throw new Error('a redemption that was to be reversed no longer stands')
}
