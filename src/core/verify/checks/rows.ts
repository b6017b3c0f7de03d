import {
  couponBusy,
  couponNumber,
  couponUses,
  expiredTold,
  voidReturned,
  issuedTold,
  orderCoupons,
  orderRequests,
} from '../../../db/proof/coupons.ts'
import {
  foreignHeld,
  readForgottenForeignPage,
  readOpenRequestPage,
  redemptionRequests,
  requestSubject,
  requestUses,
} from '../../../db/proof/requests.ts'
import { ledgerCause, ledgerOfOrder } from '../../../db/proof/ledger.ts'
import {
  attemptsMade,
  deliveredOnce,
  deliveryNotification,
  givenUpEarly,
  notificationCause,
} from '../../../db/proof/notifications.ts'
import { readImportedCodePage, readRequestNumberPage } from '../../../db/proof/pages.ts'
import {
  oneAmount,
  redemptionReturned,
  reversedTold,
  supplierTold,
  usedTold,
  lookUpCoupon,
  toldUse,
} from '../../../db/proof/redemptions.ts'
import { askAgainSeconds } from '../../settle/settle.ts'
import type { RowCheck, PageCheck } from './check.ts'

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

export const redemptionChecks: RowCheck[] = [
  {
    name: 'used_told',
    read: usedTold,
    say: (no) => `the channel must be told of redemption ${no} once`,
    toDo: 'Tell the channel of the redemption: its notification was deleted, withdrawn, or made by other means than the hub.',
  },
  {
    name: 'one_amount',
    read: oneAmount,
    say: (no) => `redemption ${no} is not one amount for all who hear of it`,
    toDo: 'See "quanhub redemption show NUMBER", and tell till and channel what the coupon took off: an amount was changed by other means than the hub.',
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

const name = 'supplier_request'
const say = (no: string): string => `supplier request ${no} does not agree with what it is about`
const toDo =
  'Ask the supplier what became of the number. An open request can be ended with "quanhub supplier give-up", an answered one cannot: a state was changed by other means than the hub.'

export const requestChecks: RowCheck[] = [
  { name, say, toDo, read: requestSubject },
  {
    name: 'request_uses',
    read: requestUses,
    say: (no) => `supplier request ${no} holds what its coupons carry, or what was given back`,
    toDo: 'The request is answered and must hold nothing: its uses were changed by other means than the hub.',
  },
  {
    name: 'redemption_requests',
    read: redemptionRequests,
    say: (no) => `redemption ${no} is in a state that its supplier requests do not have`,
    toDo: 'Ask the supplier what became of the redemption. Its state or that of its request was changed by other means than the hub.',
  },
]

export const openRequestCheck: PageCheck = { name, say, toDo, readPage: readOpenRequestPage, isForFull: false }

export const foreignChecks: RowCheck[] = [
  {
    name: 'foreign_held',
    read: foreignHeld,
    say: (no) => `redemption ${no} used up a supplier’s code, and does not hold it`,
    toDo: 'Ask the supplier how often the code was used. Its state was changed by other means than the hub.',
  },
]

export const openForeignCheck: PageCheck = {
  name: 'foreign_asked',
  readPage: readForgottenForeignPage(askAgainSeconds.length + 1),
  isForFull: false,
  say: (no) => `redemption ${no} of a supplier’s code is open, and nobody asks about it`,
  toDo: 'Have the supplier asked: "quanhub supplier ask-again". The row was changed by other means than the hub.',
}

export const ledgerChecks: RowCheck[] = [
  {
    name: 'ledger_order',
    read: ledgerOfOrder,
    say: (no) => `the ledger does not say what order ${no} costs`,
    toDo: 'Compare the order’s entries in ledger_entries with what its coupons hold: one of them was changed by other means than the hub.',
  },
  {
    name: 'ledger_cause',
    read: ledgerCause,
    say: (no) => `the ledger’s entry ${no} is of an order that is not there`,
    toDo: 'Find the order in a backup: it was deleted, or the entry was written by other means than the hub.',
  },
]

export const notificationChecks: RowCheck[] = [
  {
    name: 'notification_cause',
    read: notificationCause,
    say: (no) => `notification ${no} tells of something that is not there`,
    toDo: 'See "quanhub notification show NUMBER" and a backup: an order, a coupon or a redemption was deleted.',
  },
  {
    name: 'delivery',
    read: deliveryNotification,
    say: (no) => `there are deliveries of notification ${no}, which is not there`,
    toDo: 'Find the notification in a backup: it was deleted.',
  },
  {
    name: 'delivered',
    read: deliveredOnce,
    say: (no) => `notification ${no} is delivered, but no partner accepted it`,
    toDo: 'Tell it again: "quanhub notification replay" with its number and --state delivered.',
  },
  {
    name: 'attempts',
    read: attemptsMade,
    say: (no) => `notification ${no} was tried more often than its schedule says`,
    toDo: 'See "quanhub notification show NUMBER": was its state set back by hand? The partner may have heard of it several times.',
  },
  {
    name: 'given_up',
    read: givenUpEarly,
    say: (no) => `notification ${no} was given up before its schedule was over`,
    toDo: 'Tell it again with "quanhub notification replay": it was given up by other means than the hub.',
  },
]

export const codeChecks: PageCheck[] = [
  {
    name: 'request_number',
    readPage: readRequestNumberPage,
    isForFull: true,
    say: (hash) => `till number ${hash} (hashed) names a redemption that is not there`,
    toDo: 'Find the redemption in a backup: it was deleted. A till that repeats its request hears "system error" until it is back.',
  },
  {
    name: 'imported_code',
    readPage: readImportedCodePage,
    isForFull: true,
    say: (hash) => `imported code ${hash} (hashed) is not where it should be`,
    toDo: 'Find the code of the pool, or its coupon, in a backup: until it is back the code cannot be redeemed.',
  },
]
