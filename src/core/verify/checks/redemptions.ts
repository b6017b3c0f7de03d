import { redemptionReturned, reversedTold, supplierTold, usedTold } from '../../../db/proof/redemptions.ts'
import type { RowCheck } from './check.ts'

export const redemptionChecks: RowCheck[] = [
  {
    name: 'used_told',
    read: usedTold,
    say: (no) => `the channel must be told of redemption ${no} once`,
    toDo: 'Tell the channel of the redemption: its notification was deleted, withdrawn, or made by other means than the hub.',
  },
  {
    name: 'supplier_told',
    read: supplierTold,
    say: (no) => `the supplier may be told of redemption ${no} once`,
    toDo: 'Ask the supplier how often it counted the redemption: its notifications were changed by other means than the hub.',
  },
  {
    name: 'reversed_told',
    read: reversedTold,
    say: (no) => `the reversal of redemption ${no} is told of without cause`,
    toDo: 'Tell the channel what became of the coupon: it hears of the reversal of something that it never heard of.',
  },
  {
    name: 'redemption_returned',
    read: redemptionReturned,
    say: (no) => `redemption ${no} did not give back what it had taken, once`,
    toDo: 'Compare its uses with its uses_returned: they were changed by other means than the hub.',
  },
]
