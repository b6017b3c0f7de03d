import { hash } from 'node:crypto'
import type { Queryable } from '../../db/client/client.ts'
import { findNonces, nonceSlotAt, nonceSlotsSince, type NonceRow } from '../../db/nonces.ts'
import type { RedemptionRow } from '../../db/redemptions.ts'
import { pairKey, type Acceptor, type App, type Setup, type Merchant, type Shop } from '../set-up/snapshot.ts'
import { refuse } from './errors.ts'

/** Who stands at the till, and what is paid there, in fen; absent where the till did not say. */
export type Till = {
  face: string
  appId: string
  acceptorId: string
  merchantNo: string
  shopNo: string
  /** The channel whose own coupons are redeemed, where a channel's app asks instead of an acceptor's. */
  channelId?: string | undefined
}
/** What a till's names stand for. */
type TillFound = { app: App; acceptor: Acceptor; merchant: Merchant; shop: Shop }

/** Refuses a till that may not redeem: its app, acceptor, merchant or shop is unknown or switched off. */
export function checkTill(setup: Setup, till: Till): TillFound {
  const app = setup.apps.get(pairKey(till.face, till.appId))
  if (app === undefined) return refuse('app_unknown', `there is no app ${till.appId}`)
  const acceptor = setup.acceptors.get(till.acceptorId)
  if (till.channelId !== undefined) checkChannel(setup, app, till.channelId)
  if (acceptor === undefined || (till.channelId === undefined && app.acceptorId !== acceptor.id)) {
    return refuse('app_unknown', `app ${app.id} does not act for acceptor ${till.acceptorId}`)
  }
  if (!app.isEnabled || !acceptor.isEnabled) refuse('app_disabled', `acceptor ${acceptor.id} is switched off`)
  const merchant = setup.merchants.get(pairKey(acceptor.id, till.merchantNo))
  if (merchant === undefined) {
    return refuse('merchant_unknown', `acceptor ${acceptor.id} has no merchant ${till.merchantNo}`, {
      field: 'merchant_no',
    })
  }
  const shop = setup.shops.get(pairKey(acceptor.id, till.shopNo))
  if (shop === undefined || shop.merchantNo !== merchant.no) {
    return refuse('merchant_unknown', `merchant ${merchant.no} has no shop ${till.shopNo}`, { field: 'shop_no' })
  }
  if (!merchant.isEnabled)
    refuse('merchant_disabled', `merchant ${merchant.no} is switched off`, { field: 'merchant_no' })
  if (!shop.isEnabled) refuse('merchant_disabled', `shop ${shop.no} is switched off`, { field: 'shop_no' })
  return { app, acceptor, merchant, shop }
}

/** A channel that asks about its own coupons, wherever they were used. */
export type ChannelCaller = { face: string; appId: string; channelId: string }

/** Refuses an app that is unknown or switched off. */
export function checkApp(setup: Setup, { face, appId }: Pick<ChannelCaller, 'face' | 'appId'>): App {
  const app = setup.apps.get(pairKey(face, appId))
  if (app === undefined) return refuse('app_unknown', `there is no app ${appId}`)
  if (!app.isEnabled) refuse('app_disabled', `app ${app.id} is switched off`)
  return app
}

/** Refuses a channel's app that is unknown or switched off, and a channel that it does not act for. */
export const checkChannelCaller = (setup: Setup, caller: ChannelCaller): void =>
  checkChannel(setup, checkApp(setup, caller), caller.channelId)

/** Refuses a channel that the app does not act for, or that is switched off. */
export function checkChannel(setup: Setup, app: App, channelId: string): void {
  const channel = setup.channels.get(channelId)
  if (channel === undefined || !app.channelIds.has(channel.id)) {
    return refuse('channel_unknown', `app ${app.id} does not act for channel ${channelId}`)
  }
  if (!channel.isEnabled) refuse('channel_disabled', `channel ${channel.id} is switched off`)
}

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

/** A nonce as a request brought it. It is remembered for twice the app's tolerance, shared by all processes. */
export type Nonce = { hash: Buffer; toleranceSeconds: number }

export function makeNonceKey(face: string, appId: string, nonce: string, toleranceSeconds: number): Nonce {
  return { hash: hash('sha256', `${face}\n${appId}\n${nonce}`, 'buffer').subarray(0, 16), toleranceSeconds }
}

/** Nonces heard already, by the hex of their hash: which command brought each. */
export type KnownNonces = Map<string, string>

type WithNonce = { no: string; nonce?: Nonce | undefined }

export async function loadNonces(tx: Queryable, commands: WithNonce[], now: Date): Promise<KnownNonces> {
  const nonces = commands.flatMap((command) => (command.nonce === undefined ? [] : [command.nonce]))
  if (nonces.length === 0) return new Map()
  const seconds = 2 * Math.max(...nonces.map((nonce) => nonce.toleranceSeconds))
  const rows = await findNonces(
    tx,
    nonces.map((nonce) => nonce.hash),
    nonceSlotsSince(now, seconds),
  )
  return new Map(rows.map((row) => [row.hash.toString('hex'), row.commandNo]))
}

/** Refuses a nonce that another command has brought: `request_replayed`. */
export function refuseReplay(heard: KnownNonces, command: WithNonce): void {
  if (command.nonce === undefined) return
  const commandNo = heard.get(command.nonce.hash.toString('hex'))
  if (commandNo !== undefined && commandNo !== command.no) refuse('request_replayed', 'the nonce was used before')
}

/** Remembers the command's nonce among those heard, and gives the row to write; none where it is written already. */
export function rememberNonce(heard: KnownNonces, command: WithNonce, now: Date): NonceRow[] {
  if (command.nonce === undefined) return []
  const key = command.nonce.hash.toString('hex')
  if (heard.has(key)) return []
  heard.set(key, command.no)
  return [{ slot: nonceSlotAt(now), hash: command.nonce.hash, commandNo: command.no }]
}
