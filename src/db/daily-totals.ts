import type { Queryable, Tx } from './client/client.ts'
import { rowsToJson } from './client/rows.ts'

export const totalNames = [
  'issued',
  'redeemed',
  'reversed',
  'voided',
  'expired',
  'issuedFen',
  'redeemedFen',
  'reversedFen',
] as const
export type TotalName = (typeof totalNames)[number]

/** `day` is the day in Asia/Shanghai, yyyy-MM-dd. */
type TotalKey = { templateId: string; day: string; activityId: string; channelId: string }
export type DailyTotalRow = TotalKey & Record<TotalName, number>

/** Adds one batch's sums, one row for each template, day, activity and channel that it touched. */
export async function addToDailyTotals(tx: Tx, rows: DailyTotalRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx`
    insert into daily_totals
    select * from jsonb_populate_recordset(null::daily_totals, ${rowsToJson(rows)}::text::jsonb) r
    order by r.template_id, r.day, r.activity_id, r.channel_id
    on conflict (template_id, day, activity_id, channel_id) do update set
      issued = daily_totals.issued + excluded.issued,
      redeemed = daily_totals.redeemed + excluded.redeemed,
      reversed = daily_totals.reversed + excluded.reversed,
      voided = daily_totals.voided + excluded.voided,
      expired = daily_totals.expired + excluded.expired,
      issued_fen = daily_totals.issued_fen + excluded.issued_fen,
      redeemed_fen = daily_totals.redeemed_fen + excluded.redeemed_fen,
      reversed_fen = daily_totals.reversed_fen + excluded.reversed_fen`
}

export async function readDailyTotals(sql: Queryable, fromDay: string, untilDay: string): Promise<DailyTotalRow[]> {
  return sql<DailyTotalRow[]>`
    select template_id, to_char(day, 'YYYY-MM-DD') as day, activity_id, channel_id, issued, redeemed, reversed, voided,
      expired, issued_fen, redeemed_fen, reversed_fen
    from daily_totals where day between ${fromDay}::date and ${untilDay}::date
    order by day, template_id, activity_id, channel_id`
}
