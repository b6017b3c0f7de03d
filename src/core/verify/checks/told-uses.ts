import { lookUpCoupon, toldUse } from '../../../db/proof/told-uses.ts'
import type { RowCheck } from './check.ts'

export const toldUseChecks: RowCheck[] = [
  {
    name: 'told_use',
    read: toldUse,
    say: (no) => `redemption ${no} is no use that its supplier can have told of`,
    toDo: 'Look for the coupon in the supplier’s statement ("quanhub reconcile"): the redemption or the coupon was changed by other means than the hub.',
  },
  {
    name: 'look_up',
    read: lookUpCoupon,
    say: (no) => `supplier request ${no} asks what became of a coupon that is not there`,
    toDo: 'Ask the supplier what it knows of the number: the coupon was deleted by other means than the hub.',
  },
]
