import type { CouponName } from '../../db/coupons.ts'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { CoreContext } from '../batch/context.ts'

type Subject = Pick<SupplierRequestRow, 'lane' | 'no' | 'kind' | 'supplierId' | 'orderNo' | 'redemptionNo' | 'uses'> & {
  coupon?: CouponName
}

/** The claim on a request that is left to whoever finds it due. */
export const nobody: CoreContext['claim'] = () => ({ claimId: null, claimedUntil: null })

/**
 * A request as it is written with what it is about. Claimed by the process that decides it, which asks right after the
 * commit; should it die, another one asks later.
 */
export const makeSupplierRequest = (
  { coupon, ...subject }: Subject,
  claim: CoreContext['claim'],
  now: Date,
): SupplierRequestRow => ({
  ...subject,
  sourceId: coupon?.sourceId ?? null,
  serial: coupon?.serial ?? null,
  state: 'due',
  attempts: 0,
  dueAt: now,
  ...claim(now),
  lastAnswer: null,
  createdAt: now,
  finishedAt: null,
})
