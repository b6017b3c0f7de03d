import type { CouponRow } from '../db/coupons.ts'
import type { NotificationRow } from '../db/notifications.ts'
import type { OrderRow } from '../db/orders.ts'
import type { Hub } from '../hub.ts'
import type { App, Channel, Template } from './set-up/snapshot.ts'

/** Everything that a face needs to put a notification into its partner's words. */
export type Telling = {
  notification: NotificationRow
  order: OrderRow
  app: App
  channel: Channel
  template: Template
  /** The coupon that it is about, or the order's first one; with its code in the clear. */
  coupon: CouponRow | undefined
  code: string | undefined
}

/** How a face tells its partners. Body, time, nonce and signature are made anew at every attempt. */
export type CallbackProtocol = {
  /** The waits before attempts 1, 2, …, each from the end of the attempt before. After the last one it is given up. */
  waitsSeconds: readonly number[]
  render: (hub: Hub, telling: Telling) => Promise<{ headers: Record<string, string>; body: string }>
  /** Whether the partner's answer ends the schedule, by the words of the face's document. */
  isAccepted: (answer: { status: number; body: string }) => boolean
}
