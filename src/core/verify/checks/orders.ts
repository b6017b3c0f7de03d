import { issuedTold, orderCoupons, orderRequests } from '../../../db/proof/orders.ts'
import type { RowCheck } from './check.ts'

export const orderChecks: RowCheck[] = [
  {
    name: 'order_coupons',
    read: orderCoupons,
    say: (no) => `order ${no} does not have its coupons`,
    toDo: 'See "quanhub order show NUMBER" and a backup: coupons were deleted, or moved to another order.',
  },
  {
    name: 'order_requests',
    read: orderRequests,
    say: (no) => `order ${no} is in a state that its supplier requests do not have`,
    toDo: 'Ask the supplier what became of the order. The state of the order or of its request was changed by other means than the hub.',
  },
  {
    name: 'issued_told',
    read: issuedTold,
    say: (no) => `the channel must be told of order ${no} once`,
    toDo: 'Tell the channel what became of the order: its notification was deleted, or made by other means than the hub.',
  },
]
