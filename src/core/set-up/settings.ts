import { z } from 'zod'
import { nonceMemorySecondsMax } from '../../db/nonces.ts'

/** What an operator may set of an app. */
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
  /** Whether the app sets the hub up (an ERP) instead of acting for channels or an acceptor. */
  isBackOffice: z.boolean().default(false),
  /** Whether requests of this app are taken without a signature: for a sandbox, never for production. */
  isUnsignedTaken: z.boolean().default(false),
  /** How callbacks are signed, where the app has both an RSA key and a secret; absent: by RSA. */
  callbackSignType: z.enum(['SHA256-RSA', 'MD5']).optional(),
})
export type AppSettings = z.infer<typeof appSettingsSchema>

const urlField = z.string().min(1).max(256)
const messageTextField = z.string().min(1).max(500)

/** 1 代金券, 2 折抵券: need an amount when redeemed; 3 产品抵用券, 4 复合产品券: need the cart's goods. */
export const ticketTypes = [1, 2, 3, 4] as const

export const templateSettingsSchema = z.strictObject({
  ticketType: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).optional(),
  verifyNotifyUrl: urlField.optional(),
  /** The short message to the holder: {code} {ticketName} {validEnd} {channelName} are filled. */
  messageText: messageTextField.optional(),
  /** What the supplier calls the product. */
  thirdProductId: z.string().min(1).max(64).optional(),
  /** What a till prints, by the names of its own table (printDetail). */
  print: z.record(z.string().max(64), z.string().max(500)).optional(),
})
export type TemplateSettings = z.infer<typeof templateSettingsSchema>

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
