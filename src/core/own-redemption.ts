import type { RedemptionRow } from '../db/redemptions.ts'
import type { ChannelCaller, Till } from './redeemable.ts'

/** Who asks about a redemption: the merchant at whose till it was, or the channel that asked for it. */
export type Redeemer = { till: Till } | { channel: ChannelCaller }

/**
 * Whether a redemption is the asker's own. A channel's are those that it asked for over its own wire: that a till used one
 * of its coupons is the till's business.
 */
export const isOwnRedemption = ({ channelId, acceptorId, merchantNo, detail }: RedemptionRow, by: Redeemer): boolean =>
  'channel' in by
    ? channelId === by.channel.channelId && detail.isByChannel === true
    : acceptorId === by.till.acceptorId && merchantNo === by.till.merchantNo
