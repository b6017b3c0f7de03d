import { couponBusy, couponNumber, couponUses, expiredTold, voidReturned } from '../../../db/proof/coupons.ts'
import type { RowCheck } from './check.ts'

export const couponChecks: RowCheck[] = [
  {
    name: 'coupon_uses',
    read: couponUses,
    say: (name) => `coupon ${name} is used otherwise than its redemptions say`,
    toDo: 'Freeze the coupon, and ask the acceptor for its records of it: a redemption was deleted, or the coupon was changed by other means than the hub.',
  },
  {
    name: 'coupon_busy',
    read: couponBusy,
    say: (name) => `coupon ${name} waits for its supplier's word on no redemption, or does not wait for it`,
    toDo: 'See "quanhub coupon show" with its reference: until its state agrees with its redemptions, it cannot be used, or can be used twice.',
  },
  {
    name: 'coupon_number',
    read: couponNumber,
    say: (name) => `coupon ${name} has a number or a lane that it was not given`,
    toDo: 'Freeze the coupon: its code may be in two hands. After a restore, move the numbers on as "A restore to an earlier time" says.',
  },
  {
    name: 'void_returned',
    read: voidReturned,
    say: (name) => `coupon ${name} gave back what it had not taken`,
    toDo: 'Compare its uses with its uses_returned: they were changed by other means than the hub.',
  },
  {
    name: 'expired_told',
    read: expiredTold,
    say: (name) => `the channel must be told once that coupon ${name} expired`,
    toDo: 'Tell the channel: the notification was deleted, or made by other means than the hub.',
  },
]
