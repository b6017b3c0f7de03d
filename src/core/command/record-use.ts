import type { Hub } from '../../hub.ts'
import type { SupplierUse } from '../../suppliers/supplier.ts'
import { codeHash } from '../keys/hashes.ts'
import { makeNumber } from '../numbers/numbers.ts'
import type { Command } from './command.ts'

/** Write down that a coupon was used, as the supplier says that made it. Its code goes by its keyed hash. */
export type RecordUseCommand = Command & { supplierId: string; codeHash: Buffer; use: Omit<SupplierUse, 'code'> }

const patienceMilliseconds = 4_000

/** A use as a supplier tells of it, to be recorded. The coupon's own lane gets into the number when the coupon is found. */
export function newUseCommand(
  { keyring, now: clock }: Hub,
  laneIndex: number,
  supplierId: string,
  { code, ...use }: SupplierUse,
): RecordUseCommand {
  const now = clock()
  const deadline = new Date(now.getTime() + patienceMilliseconds)
  return { no: makeNumber(laneIndex, now), deadline, supplierId, codeHash: codeHash(keyring, code), use }
}
