import type { Nonce } from './nonces.ts'
import type { Command } from './verb.ts'

/** Give `quantity` coupons of a template to a holder of a channel, under the channel's own order number. */
export type IssueCommand = Command & {
  lane: number
  face: string
  appId: string
  channelId: string
  externalNo: string
  activityId: string
  templateId: string
  /** 1 to 100. */
  quantity: number
  memberId?: string | undefined
  openid?: string | undefined
  /** A digest of the business fields: a repeat with the same one is the same order, with another one a conflict. */
  fingerprint: Buffer
  /** Where the outcome of the order, and where redemptions and expiry, are told. */
  issueUrl?: string | undefined
  redeemUrl?: string | undefined
  /** The most uses of a coupon that the face can speak of. */
  useTimesMax: number
  nonce?: Nonce | undefined
}
