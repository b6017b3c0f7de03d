import type { OrderTerms } from '../../db/orders.ts'
import type { Keyring } from '../../keyring.ts'
import type { Nonce } from './callers.ts'
import type { Command } from './command.ts'

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
  expireUrl?: string | undefined
  /** What the channel calls the request, and what it wants to read again. */
  requestId?: string | undefined
  remark?: string | undefined
  /** Where a short message with the codes goes. */
  mobile?: string | undefined
  terms?: OrderTerms | undefined
  /** Whether an order that failed is made anew by the same request under its number. */
  isRemakeable?: boolean
  /** The most uses of a coupon that the face can speak of. */
  useTimesMax: number
  nonce?: Nonce | undefined
}

/**
 * What is stored of the holder, and what finds it again. Made when the command is received: a batch that holds locks
 * must not spend its time on ciphers.
 */
export type SealedHolder = {
  openid: Buffer | null
  openidHash: Buffer | null
  memberHash: Buffer | null
  mobile: Buffer | null
  mobileHash: Buffer | null
}

export type SealedIssueCommand = IssueCommand & { holder: SealedHolder }

export function sealHolder(command: IssueCommand, keyring: Keyring): SealedIssueCommand {
  const { openid, memberId, mobile } = command
  const holder = {
    openid: openid === undefined ? null : keyring.encrypt(openid),
    openidHash: openid === undefined ? null : keyring.hash('openid', openid),
    memberHash: memberId === undefined ? null : keyring.hash('member', memberId),
    mobile: mobile === undefined ? null : keyring.encrypt(mobile),
    mobileHash: mobile === undefined ? null : keyring.hash('mobile', mobile),
  }
  return { ...command, holder }
}
