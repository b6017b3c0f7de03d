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
  /** What an ERP calls the scenes of its rules, besides the wire's own names. */
  sceneWords: z.record(z.string().min(1).max(64), z.enum(['make', 'verify'])).default({}),
  /** How callbacks are signed, where the app has both an RSA key and a secret; absent: by RSA. */
  callbackSignType: z.enum(['SHA256-RSA', 'MD5']).optional(),
})
export type AppSettings = z.infer<typeof appSettingsSchema>
