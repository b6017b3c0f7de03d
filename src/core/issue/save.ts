import { addToCounters } from '../../db/counters.ts'
import { insertCoupons, type CouponRow, type Use } from '../../db/coupons.ts'
import { addToDailyTotals } from '../../db/daily-totals.ts'
import { placeImportedCodes, type PoolCodeRow } from '../../db/imported-codes.ts'
import { insertLedgerEntries, type LedgerEntryRow } from '../../db/ledger.ts'
import { insertNonces, type NonceRow } from '../../db/nonces.ts'
import { insertNotifications, type NotificationRow } from '../../db/notifications.ts'
import { insertOrders, remakeOrders, type OrderRow } from '../../db/orders.ts'
import { insertSupplierRequests, type SupplierRequestRow } from '../../db/supplier-requests.ts'
import { insertDecisions, type DecisionRow } from '../../db/decisions.ts'
import type { Tx } from '../../db/client/client.ts'
import { numbersKey } from '../codes/number-blocks.ts'
import { sumTotals, type TotalChange } from '../counters/totals.ts'
import { sumUses } from '../counters/uses.ts'

/** What an issue writes. A repeat writes its nonce alone. */
export type IssueChange = {
  nonces: NonceRow[]
  order?: OrderRow
  coupons?: CouponRow[]
  poolCodes?: PoolCodeRow[]
  counters?: Use[]
  ledger?: LedgerEntryRow[]
  notifications?: NotificationRow[]
  /** An order that had failed and is made anew. */
  remade?: OrderRow
  requests?: SupplierRequestRow[]
  decisions?: DecisionRow[]
}

export async function saveIssue(tx: Tx, changes: IssueChange[], now: Date): Promise<void> {
  const coupons = changes.flatMap((change) => change.coupons ?? [])
  const poolCodes = changes.flatMap((change) => change.poolCodes ?? [])
  const lanes = new Map(coupons.map((coupon) => [`${coupon.sourceId}/${coupon.serial}`, coupon.lane]))
  await Promise.all([
    addToCounters(tx, sumCounters(changes, poolCodes)),
    insertOrders(
      tx,
      changes.flatMap((change) => change.order ?? []),
    ),
    insertCoupons(tx, coupons),
    placeImportedCodes(
      tx,
      poolCodes.map(({ codeHash, sourceId, number }) => ({ codeHash, lane: lanes.get(`${sourceId}/${number}`)! })),
    ),
    insertLedgerEntries(
      tx,
      changes.flatMap((change) => change.ledger ?? []),
    ),
    insertNonces(
      tx,
      changes.flatMap((change) => change.nonces),
    ),
    insertNotifications(
      tx,
      changes.flatMap((change) => change.notifications ?? []),
    ),
    addToDailyTotals(tx, sumTotals(coupons.map(totalOfIssue), now)),
    remakeOrders(
      tx,
      changes.flatMap((change) => change.remade ?? []),
    ),
    insertSupplierRequests(
      tx,
      changes.flatMap((change) => change.requests ?? []),
    ),
    insertDecisions(
      tx,
      changes.flatMap((change) => change.decisions ?? []),
    ),
  ])
}

/** What a new coupon adds to the totals of its day. */
export const totalOfIssue = ({ templateId, activityId, channelId, faceValueFen }: CouponRow): TotalChange => ({
  templateId,
  activityId,
  channelId,
  issued: 1,
  issuedFen: faceValueFen,
})

function sumCounters(changes: IssueChange[], poolCodes: PoolCodeRow[]): Map<string, number> {
  const numbers = poolCodes.map(({ sourceId }): Use => [numbersKey(sourceId), 1])
  return sumUses([...changes.map(({ counters }) => counters ?? []), numbers])
}
