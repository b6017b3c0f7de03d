import type { SupplierRequestRow } from '../db/supplier-requests.ts'
import type { CoreContext } from './context.ts'

type Subject = Pick<SupplierRequestRow, 'lane' | 'no' | 'kind' | 'supplierId' | 'orderNo' | 'redemptionNo' | 'uses'>

/**
 * A request as it is written with what it is about. Claimed by the process that decides it, which asks right after the
 * commit; should it die, another one asks later.
 */
export const makeSupplierRequest = (subject: Subject, claim: CoreContext['claim'], now: Date): SupplierRequestRow => ({
  ...subject,
  state: 'due',
  attempts: 0,
  dueAt: now,
  ...claim(now),
  lastAnswer: null,
  createdAt: now,
  finishedAt: null,
})
