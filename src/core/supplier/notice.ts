import { codeHash } from '../keys/hashes.ts'
import { makeNumber } from '../numbers/numbers.ts'
import type { Hub } from '../../hub.ts'
import type { SupplierMessage, SupplierUse } from '../../suppliers/supplier.ts'
import type { CoreContext } from '../batch/verb.ts'
import { refuse } from '../command/errors.ts'
import { askableSupplier } from './supplier-of.ts'

export type { SupplierUse }

/** A message that says it comes from a supplier of a kind. */
type SaidBySupplier = { kind: string; supplierId: string; message: SupplierMessage }

/**
 * What a supplier's message tells of; undefined where it is authentic and not for us. A supplier that is switched off is
 * heard: coupons of its are out there. Refuses with `setup_not_found` where there is no such supplier, and as the supplier's
 * kind does what is not authentic.
 */
export function readSupplierNotice(
  { hub, setup: cache }: Pick<CoreContext, 'hub' | 'setup'>,
  { kind, supplierId, message }: SaidBySupplier,
): SupplierUse | undefined {
  const setup = cache.current().suppliers.get(supplierId)
  const supplier = setup?.kind === kind ? askableSupplier(hub, setup) : undefined
  const teller = supplier?.adapter.teller
  if (supplier === undefined || teller === undefined) {
    return refuse('setup_not_found', `there is no supplier ${supplierId} of kind ${kind}`)
  }
  const heard = teller.hear(supplier.settings, message, hub.now())
  if (heard.kind === 'refused') return refuse(heard.reason, heard.message)
  return heard.kind === 'used' ? heard.use : undefined
}

const patienceMilliseconds = 4_000

/** A use as a supplier tells of it, to be recorded. The coupon's own lane gets into the number when the coupon is found. */
export function newUseCommand(
  { keyring, now: clock }: Hub,
  laneIndex: number,
  supplierId: string,
  { code, ...use }: SupplierUse,
) {
  const now = clock()
  const deadline = new Date(now.getTime() + patienceMilliseconds)
  return { no: makeNumber(laneIndex, now), deadline, supplierId, codeHash: codeHash(keyring, code), use }
}
