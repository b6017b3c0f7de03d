import {
  attemptsMade,
  deliveredOnce,
  deliveryNotification,
  givenUpEarly,
  notificationCause,
} from '../../../db/proof/notifications.ts'
import type { RowCheck } from './check.ts'

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
