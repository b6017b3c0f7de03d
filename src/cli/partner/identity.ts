import { z } from 'zod'
import { parsePrivateKey, parsePublicKey } from '../../wire/rsa.ts'
import { CommandError, exitCodes } from '../errors.ts'

// What the blocks of all wires are made of.
const text = z.string().min(1)
const privateKey = text.superRefine(readable(parsePrivateKey))
const publicKey = text.superRefine(readable(parsePublicKey))

function readable(read: (pem: string) => unknown) {
  return (pem: string, context: z.RefinementCtx): void => {
    try {
      read(pem)
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message })
    }
  }
}

/** A sandbox has two apps: one that is the back office, one that is a channel. */
type WhaleRole = 'erp' | 'channel'

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

const lakalaSchema = z.object({
  appid: text,
  serialNo: text,
  privateKeyPem: privateKey,
  platformPublicKeyPem: publicKey,
  ownerId: text,
  activityId: text,
  memberPrefix: z.string().default(''),
  issuePath: text.default('/lakala/coupons/issue'),
  queryPath: text.default('/lakala/coupons/query'),
})

const shoubeiSchema = z.object({
  instNo: text,
  merchantNo: text,
  shopNo: text,
  key: text,
  wfPath: text.default('/openpay/coupon/wf'),
  queryPath: text.default('/openpay/coupon/quary'),
  cancelPath: text.default('/openpay/coupon/cancel'),
  preparePath: text.default('/openpay/coupon/prepareuse'),
})

const exchangeSchema = z
  .object({
    businessId: text,
    merchantId: text,
    privateKeyPem: privateKey.optional(),
    platformPublicKeyPem: publicKey.optional(),
    md5Key: text.optional(),
    infoPath: text.default('/v1/openapi/order/info'),
  })
  .refine(({ privateKeyPem, md5Key }) => privateKeyPem !== undefined || md5Key !== undefined, {
    path: ['privateKeyPem'],
    message: 'is missing, and so is md5Key: give one of them, or both',
  })

export const identitySchemas = {
  lakala: lakalaSchema,
  shoubei: shoubeiSchema,
  whale: whaleSchema('channel'),
  exchange: exchangeSchema,
}

/** Who a partner is on a wire: a block of sandbox.json. Paths may be left out, they are the hub's own. */
export type LakalaIdentity = z.output<typeof lakalaSchema>
export type ShoubeiIdentity = z.output<typeof shoubeiSchema>
export type ExchangeIdentity = z.output<typeof exchangeSchema>
export type Wire = keyof typeof identitySchemas

export type Identified<Identity> = { identity: Identity; url: string | undefined }

/**
 * Reads who to speak as: a whole sandbox.json, or the block of one wire alone. Refuses in words that name the file and
 * everything that is wrong in it.
 */
export function readIdentity<Identity>(
  content: string,
  wire: Wire,
  schema: z.ZodType<Identity>,
  file: string,
): Identified<Identity> {
  const given = parseObject(content, file)
  const { url } = given
  const parsed = schema.safeParse(given[wire] ?? given)
  if (parsed.success) return { identity: parsed.data, url: typeof url === 'string' ? url : undefined }
  const problems = parsed.error.issues.map((issue) => `\n  ${issue.path.join('.')}: ${issue.message}`)
  throw unusable(`${file} does not say who to be on ${wire}'s wire:${problems.join('')}`)
}

function parseObject(content: string, file: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(content))
  } catch {
    throw unusable(`${file} is no JSON object. It has the form of sandbox.json, or of one of its blocks.`)
  }
}

const unusable = (words: string): CommandError => new CommandError('identity_unusable', words, exitCodes.usage)
