import { z } from 'zod'
import { nonceMemorySecondsMax } from '../../db/nonces.ts'

/** What an operator may set of an app, a channel or an acceptor. The command line draws its options from here. */
export const appSettingsSchema = z.strictObject({
  /** How far a request's time stamp may be from our clock, either way. Nonces are remembered for twice that. */
  toleranceSeconds: z
    .int()
    .min(1)
    .max(nonceMemorySecondsMax / 2)
    .default(300),
  /** Requests a second; absent: the hub's default. */
  requestsPerSecond: z.int().min(1).max(1_000_000).optional(),
  /** Source addresses that may use the app (CIDR); empty: any. */
  networks: z.array(z.union([z.cidrv4(), z.cidrv6()])).default([]),
  /** Whether answers carry a signature, where the face leaves that open. */
  isAnswerSigned: z.boolean().default(true),
})
export type AppSettings = z.infer<typeof appSettingsSchema>

export const channelSettingsSchema = z.strictObject({
  /** What every member number of this channel begins with. */
  memberPrefix: z.string().max(20).optional(),
  /** How the channel is named in callbacks; absent: its id. */
  orgId: z.string().min(1).max(64).optional(),
  /** Whether the channel wants to hear of a reversal after it was told of the redemption. */
  isReversalTold: z.boolean().default(false),
})
export type ChannelSettings = z.infer<typeof channelSettingsSchema>

export const acceptorSettingsSchema = z.strictObject({
  /** Until when a redemption may be cancelled: the end of its day (Asia/Shanghai), or so many seconds after it. */
  cancelUntil: z.union([z.literal('end-of-day'), z.int().min(0).max(31_536_000)]).default('end-of-day'),
  /** How business refusals are worded: as the document's sample answer, or as its table of fields. */
  refusalStyle: z.enum(['example', 'table']).default('example'),
})
export type AcceptorSettings = z.infer<typeof acceptorSettingsSchema>

const idList = z.array(z.string().min(1).max(64)).min(1).max(10_000)

/** Where a template's coupons may be redeemed. A new template may be redeemed nowhere. */
export const redeemableAtSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('nowhere') }),
  z.strictObject({ kind: z.literal('everywhere') }),
  z.strictObject({ kind: z.literal('acceptors'), acceptors: idList }),
  z.strictObject({ kind: z.literal('brand'), brand: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('merchants'), acceptor: z.string(), merchants: idList }),
  z.strictObject({ kind: z.literal('shops'), acceptor: z.string(), shops: idList }),
])
export type RedeemableAt = z.infer<typeof redeemableAtSchema>
