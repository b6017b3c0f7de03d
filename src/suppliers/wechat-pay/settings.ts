import { z } from 'zod'
import { parsePrivateKey, parsePublicKey } from '../../wire/rsa.ts'
import { address, id } from '../fields.ts'
import { supplierLimits } from '../supplier.ts'

const longestPem = 8192

/** A key in PEM, which must be one that `parse` reads. */
const pem = (parse: (text: string) => unknown) =>
  z
    .string({ error: 'must be a key in PEM' })
    .max(longestPem, { error: `must be at most ${longestPem} characters`, abort: true })
    .superRefine((text, context) => {
      try {
        parse(text)
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
      }
    })

const verificationKey = z.object(
  {
    id: id({ title: 'id', description: 'The serial number of a certificate, or the id of a public key.' }, 128),
    publicKey: pem(parsePublicKey).meta({ title: 'publicKey', description: 'That certificate or key, in PEM.' }),
  },
  { error: 'must be an object with id and publicKey' },
)

const areDistinct = (keys: readonly { id: string }[]): boolean =>
  new Set(keys.map((key) => key.id)).size === keys.length

const perSecond = {
  title: 'Requests per second',
  description: 'At most so many, per process: WeChat Pay takes 500 of all together.',
}
const atATime = {
  title: 'Concurrency',
  description: 'At most so many requests at a time, per process: WeChat Pay takes 0.1 s for each.',
}

// The fields of WeChat Pay's own documents, in our way of writing names.
export const wechatPaySettings = z.object({
  mchid: id({ title: 'mchid', description: '商户号: the merchant number that gives the coupons.' }, 32),
  serialNo: id(
    { title: 'serial_no', description: '商户API证书序列号: the serial number of the certificate to privateKey.' },
    64,
  ),
  privateKey: pem(parsePrivateKey).meta({
    title: 'privateKey',
    description: '商户API私钥 (apiclient_key.pem): requests are signed with it. Renewed together with serial_no.',
  }),
  apiV3Key: z
    .string({ error: 'must be 32 printable ASCII characters' })
    .regex(/^[\x21-\x7e]{32}$/, 'must be 32 printable ASCII characters')
    .meta({ title: 'APIv3 key', description: 'APIv3密钥, 32 characters: notifications are opened with it.' }),
  verificationKeys: z
    .array(verificationKey, { error: 'must be a list of keys, each with id and publicKey' })
    .min(1, 'must have one key at least')
    .max(10, 'must have at most 10 keys')
    .refine(areDistinct, 'must not have an id twice')
    .meta({
      title: 'Verification keys',
      description:
        '微信支付公钥 or platform certificates: what answers and notifications are checked with. The first is asked for.',
    }),
  appId: id(
    { title: 'appid', description: '公众账号ID: whose openids orders have, where they do not name an app.' },
    128,
  ),
  appIds: z
    .array(id({ title: 'appid', description: 'An app that belongs to the merchant.' }, 128), {
      error: 'must be a list',
    })
    .max(100, 'must have at most 100 apps')
    .default([])
    .meta({ title: 'Further apps', description: 'Those that orders may name besides appid.' }),
  stockCreatorMchid: id(
    { title: 'stock_creator_mchid', description: '创建批次的商户号: who made the stocks. Absent: mchid.' },
    32,
  ).optional(),
  baseURL: address({ title: 'Base URL', description: 'Where WeChat Pay is asked.' }).default(
    'https://api.mch.weixin.qq.com',
  ),
  oneAtATime: z.boolean({ error: 'must be true or false' }).default(true).meta({
    title: 'One at a time',
    description:
      'Whether requests about one openid and stock wait for each other: WeChat Pay tells parallel ones of a limit that is not reached.',
  }),
  ...supplierLimits.shape,
  requestsPerSecond: supplierLimits.shape.requestsPerSecond.unwrap().default(500).meta(perSecond),
  concurrency: supplierLimits.shape.concurrency.unwrap().default(50).meta(atATime),
})

export type WechatPaySettings = z.output<typeof wechatPaySettings>

/** Who made the stocks that coupons are given of. */
export const creatorOf = ({ stockCreatorMchid, mchid }: WechatPaySettings): string => stockCreatorMchid ?? mchid
