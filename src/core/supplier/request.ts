import type { CouponName } from '../../db/coupons.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import { claimBy } from '../batch/pending.ts'

type Subject = Pick<SupplierRequestRow, 'lane' | 'no' | 'kind' | 'supplierId' | 'orderNo' | 'redemptionNo' | 'uses'> & {
  coupon?: CouponName
}

/**
 * A request as it is written with what it is about. Claimed by the process that decides it, which asks right after the
 * commit; should it die, another one asks later. With null it is left to whoever finds it due.
 */
export const makeSupplierRequest = (
  { coupon, ...subject }: Subject,
  claimId: string | null,
  now: Date,
): SupplierRequestRow => ({
  ...subject,
  sourceId: coupon?.sourceId ?? null,
  serial: coupon?.serial ?? null,
  state: 'due',
  attempts: 0,
  dueAt: now,
  ...claimBy(claimId, now),
  lastAnswer: null,
  createdAt: now,
  finishedAt: null,
})
