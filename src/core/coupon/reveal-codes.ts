import type { CouponName } from '../../db/coupons.ts'
import type { CoreContext } from '../batch/context.ts'
import { loadPoolCodes, revealCode } from './reveal.ts'

/** The codes of coupons in the clear, in their order. They are secrets: for the holder's channel alone. */
export async function revealCodes({ hub, setup }: Pick<CoreContext, 'hub' | 'setup'>, coupons: CouponName[]) {
  const current = setup.current()
  const poolCodes = await loadPoolCodes(hub.database.sql, coupons, current)
  return coupons.map((coupon) => revealCode(coupon, current, poolCodes, hub.keyring))
}
