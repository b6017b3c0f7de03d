import { z } from 'zod'
import { privateKey, publicKey, text } from './schemas.ts'

/** A sandbox has two apps: one that is the back office, one that is a channel. */
export type WhaleRole = 'erp' | 'channel'

const backOffice = new Set([
  'activityInsert',
  'saleChanneInsert',
  'saleChannelInsert',
  'sendChanneInsert',
  'sendChannelInsert',
  'templateInsert',
  'createRule',
  'makeNotifyQuery',
  'makeNotifyRetry',
  'verifyNotifyQuery',
])

/** Whose an action is. */
export const roleOf = (action: string | undefined): WhaleRole =>
  action !== undefined && backOffice.has(action) ? 'erp' : 'channel'

const fields = z.object({
  appId: text,
  privateKeyPem: privateKey,
  platformPublicKeyPem: publicKey.optional(),
  saleChannelId: text.optional(),
  path: text.default('/whale'),
  version: text.default('4.0'),
})

/** Who a partner is on Whale's wire. Without the platform's key, answers are not checked. */
export type WhaleIdentity = z.output<typeof fields>

/** A partner's own block has one app; of sandbox.json's two the one with this role is taken. */
export const whaleSchema = (role: WhaleRole): z.ZodType<WhaleIdentity> =>
  z.preprocess((block) => oneApp(block, role), fields)

function oneApp(block: unknown, role: WhaleRole): unknown {
  if (typeof block !== 'object' || block === null || !(`${role}AppId` in block)) return block
  const named = block as Record<string, unknown>
  return { ...block, appId: named[`${role}AppId`], privateKeyPem: named[`${role}PrivateKeyPem`] }
}
