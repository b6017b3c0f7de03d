import type { CouponRow } from '../../db/coupons.ts'
import type { NotificationRow, NotificationFacts } from '../../db/notifications.ts'
import type { OrderRow } from '../../db/orders.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import type { Hub } from '../../hub.ts'
import type { Keyring } from '../../keyring.ts'
import type { Activity, App, Channel, Template } from '../set-up/snapshot.ts'

/** Everything that a face needs to put a notification into its partner's words. */
export type Telling = {
  notification: NotificationRow
  order: OrderRow
  app: App
  channel: Channel
  activity: Activity
  template: Template
  /** The number of the pair of activity and template; undefined where the pair is no longer set up. */
  ticketId: number | undefined
  /** The coupon that it is about, or the order's first one; with its code in the clear. */
  coupon: CouponRow | undefined
  code: string | undefined
  /** The code of that coupon alone, or of all the order's coupons where it is about none: at most a hundred. */
  codes: string[]
  /** The redemption that it is about. */
  redemption: RedemptionRow | undefined
}

/** What is sent. `url` replaces the notification's own, where the protocol alone knows its address. */
export type Rendered = { url?: string; headers: Record<string, string>; body: string }

/** How a face tells its partners. Body, time, nonce and signature are made anew at every attempt. */
export type CallbackProtocol = {
  /** The waits before attempts 1, 2, …, each from the end of the attempt before. After the last one it is given up. */
  waitsSeconds: readonly number[]
  render: (hub: Hub, telling: Telling) => Promise<Rendered>
  /** Whether the partner's answer ends the schedule, by the words of the face's document. */
  isAccepted: (answer: { status: number; body: string }) => boolean
}

/** Lakala §3 and §4: the waits before attempts 1 to 10, 4 h 3 m 21 s in all. Whale's document has none of its own. */
export const callbackWaitsSeconds: readonly number[] = [1, 5, 5, 10, 180, 600, 1200, 1800, 3600, 7200]

/** A holder waits for the message where the order was made: it goes out at once, and is given up after a quarter of an hour. */
export const messageWaitsSeconds: readonly number[] = [0, 5, 30, 120, 600]

/** The key of the protocol by which short messages go out. */
export const messageProtocolKey = 'sms'

// Suppliers speak the wire on which codes are bought, whatever wire the coupon was ordered on.
const supplierProtocolKey = 'whale'

/** By which protocol a notification is told: its face's, but for those that go to others than the face's partner. */
export function protocolKeyOf({ kind, face }: Pick<NotificationRow, 'kind' | 'face'>): string {
  if (kind === 'message') return messageProtocolKey
  return kind === 'supplier_used' ? supplierProtocolKey : face
}

/** What became of a batch of codes that a channel changed, code by code, as its wire says it. */
export type ChangedCodes = {
  /** What was to be done, and under which number the channel asked for it. */
  optTag: string
  requestId?: string
  totalCodeNum: number
  successCodeNum: number
  codeArray: { code: string; returnCode: string; returnMsg: string; status: string | null }[]
}

/** For `facts.sealed` of a `changed` notification: codes are not to be read in its table. */
export const sealChangedCodes = (keyring: Keyring, changed: ChangedCodes): string =>
  keyring.encrypt(JSON.stringify(changed)).toString('base64')

/** What a notification has sealed; undefined where it has nothing. */
export const openChangedCodes = (keyring: Keyring, { sealed }: NotificationFacts): ChangedCodes | undefined =>
  sealed === undefined ? undefined : (JSON.parse(keyring.decrypt(Buffer.from(sealed, 'base64'))) as ChangedCodes)
