import { readCouponsOfOrders, type Use } from '../../db/coupons.ts'
import { readDecision, type DecisionRow } from '../../db/decisions.ts'
import { readForeignRedemptions } from '../../db/foreign-redemptions.ts'
import { readOrders, type OrderRow } from '../../db/orders.ts'
import { readRedemptions } from '../../db/redemptions.ts'
import type { Core } from '../core.ts'
import { refuse } from '../command/errors.ts'
import { timeOfNumber } from '../numbers/numbers.ts'
import { numberedName } from '../redeem/reverse.ts'
import { sumUses } from '../counters/counters.ts'

/** Why something was decided as it was: as it was kept, or from its own row where no rule was asked. */
export type Explained =
  | { kind: 'decision'; decision: DecisionRow }
  | { kind: 'order'; order: OrderRow; uses: Use[] }
  | { kind: 'redemption'; redemption: { no: string; createdAt: Date; state: string }; uses: Use[] }

/** Explains what has a number of ours: an order, a redemption or a refusal. Refuses with `setup_not_found`. */
export async function explain(core: Core, no: string): Promise<Explained> {
  const at = timeOfNumber(no)
  if (at === undefined) {
    return refuse('bad_request', `${no} is no number of an order, a redemption or a refusal: they have 32 digits`)
  }
  const { sql } = core.hub.database
  // A refusal may still be on its way.
  await core.refusals.flush()
  const decision = await readDecision(sql, at, no)
  if (decision !== undefined) return { kind: 'decision', decision }
  const [order] = await readOrders(sql, numberedName(no))
  if (order !== undefined) {
    const coupons = await readCouponsOfOrders(sql, [order])
    return { kind: 'order', order, uses: [...sumUses(coupons.flatMap(({ uses }) => uses))] }
  }
  const [redemption] = await readRedemptions(sql, numberedName(no))
  if (redemption !== undefined) return { kind: 'redemption', redemption, uses: redemption.uses }
  const [foreign] = await readForeignRedemptions(sql, numberedName(no))
  if (foreign !== undefined) return { kind: 'redemption', redemption: foreign, uses: [] }
  return refuse(
    'setup_not_found',
    `nothing is kept under ${no}: refusals are kept for a while ("quanhub refusal list" shows which there are)`,
  )
}
