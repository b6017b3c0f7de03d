import { exchangePaths } from '../../../src/faces/exchange/index.ts'
import { generateKeyPairSync } from 'node:crypto'
import { ask, couponFields, headersFor, infoFields, merchant, wechatFields, type How } from '../exchange-partner.ts'
import type { Fields } from '../partners.ts'
import { exchangeBad, idCases, type Case, type Scene } from './case.ts'

const other = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

const { wechatCoupons, info, coupon } = exchangePaths

const proof = (title: string, hears: string, how: (scene: Scene) => How, fields: Fields = {}): Case => ({
  title: `Exchange: ${title}`,
  ask: (scene) => ask(scene.partners, wechatCoupons, wechatFields(fields), how(scene)),
  hears,
})

const without = (name: string): Case => ({
  title: `Exchange: no ${name}`,
  ask: ({ partners }) => {
    const body = JSON.stringify(wechatFields())
    const headers = headersFor(partners, body)
    return partners.send(wechatCoupons, body, { ...headers, [name]: undefined })
  },
  hears: `${exchangeBad}${name}: `,
})

const milliseconds = ({ partners }: Scene, by: number): string => String(partners.clock.now().getTime() + by)

/** Requests of a merchant that do not prove whose they are, or not that they are new. */
export function exchangeProofCases(): Case[] {
  const badSign = '2 验签失败'
  const unsigned = (fields: Fields): string => JSON.stringify(fields, undefined, 1)
  return [
    ...['businessId', 'nonce', 'timestamp', 'sign'].map(without),
    proof('an unknown app', '7 业务ID不存在 (businessId)', () => ({ businessId: 'NONE' })),
    proof('another key', badSign, () => ({ privateKeyPem: other.privateKey })),
    proof('another MD5 key', badSign, () => ({ signType: 'MD5', key: 'another' })),
    proof('RSA of an app that has none', badSign, () => ({ businessId: merchant.md5BusinessId })),
    proof('an RSA sign as MD5', badSign, () => ({ signType: 'MD5', sign: 'A'.repeat(344) })),
    proof('a body re-serialised', badSign, () => ({ signedBody: unsigned(wechatFields()) })),
    {
      title: 'Exchange: a sign of MD5 in lower case',
      ask: ({ partners }) => {
        const body = JSON.stringify(wechatFields())
        const headers = headersFor(partners, body, { signType: 'MD5' })
        return partners.send(wechatCoupons, body, { ...headers, sign: headers['sign']!.toLowerCase() })
      },
      hears: `${exchangeBad}sign: an MD5 must be in capitals`,
    },
    {
      title: 'Exchange: a captured request whose signType is put into its nonce',
      ask: ({ partners }) => {
        const body = JSON.stringify(wechatFields())
        const headers = headersFor(partners, body, { signType: 'SHA256-RSA' })
        const nonce = `${headers['nonce']}&signType=SHA256-RSA`
        return partners.send(wechatCoupons, body, { ...headers, nonce, signType: undefined })
      },
      hears: `${exchangeBad}nonce: must not hold & or =`,
    },
    {
      title: 'Exchange: signType signed and not sent',
      ask: ({ partners }) => {
        const body = JSON.stringify(wechatFields())
        const headers = headersFor(partners, body, { signType: 'SHA256-RSA' })
        return partners.send(wechatCoupons, body, { ...headers, signType: undefined })
      },
      hears: badSign,
    },
    proof('a sign type that there is not', `${exchangeBad}signType: must be`, () => ({ signType: 'HMAC' as 'MD5' })),
    proof('a long nonce', `${exchangeBad}nonce: must be at most 64`, () => ({ nonce: 'n'.repeat(65) })),
    proof('a time stamp in seconds', `${exchangeBad}timestamp: must be milliseconds`, ({ partners }) => ({
      timestamp: String(partners.clock.now().getTime() / 1000),
    })),
    proof('too old', '5 接口请求时间超长', (scene) => ({ timestamp: milliseconds(scene, -300_001) })),
    proof('from the future', '5 接口请求时间超长', (scene) => ({ timestamp: milliseconds(scene, 300_001) })),
    proof('a nonce heard before', '6 nonce重复', ({ knownNonce: nonce }) => ({ nonce })),
    proof('a nonce heard before, the order too', '6 nonce重复', ({ knownNonce: nonce }) => ({ nonce }), {
      bizCode: 'KNOWN-EX',
    }),
    proof('another businessId in the body', `${exchangeBad}businessId: is not that of the headers`, () => ({}), {
      businessId: merchant.md5BusinessId,
    }),
  ]
}

/** Exchange fields that are missing, too long, of a wrong type or of wrong characters. */
export function exchangeFieldCases(): Case[] {
  const asks = { [wechatCoupons]: wechatFields, [info]: infoFields, [coupon]: couponFields }
  const field = (path: string, name: string) => (value: unknown) => (scene: Scene) =>
    ask(scene.partners, path, asks[path]!({ bizCode: 'NEW', [name]: value }))
  const ids = [
    [wechatCoupons, 'merchantId', 64, true],
    [wechatCoupons, 'businessId', 64, true],
    [wechatCoupons, 'productCode', 64, true],
    [wechatCoupons, 'activityId', 64, true],
    [wechatCoupons, 'bizCode', 64, true],
    [wechatCoupons, 'openId', 128, true],
    [wechatCoupons, 'appId', 64, false],
    [wechatCoupons, 'callbackUrl', 256, false],
    [info, 'orderCode', 64, false],
    [coupon, 'bizCode', 64, true],
  ] as const
  const odd: [string, string, unknown, string][] = [
    ...['ftp://partner.example/x', 'javascript:alert(1)', 'http://user:secret@partner.example/'].map(
      (url): [string, string, unknown, string] => [wechatCoupons, 'callbackUrl', url, 'callbackUrl: '],
    ),
    ...['http://10.0.0.1/x', 'http://169.254.169.254/latest', 'http://[::ffff:10.0.0.1]/'].map(
      (url): [string, string, unknown, string] => [wechatCoupons, 'callbackUrl', url, 'callbackUrl: '],
    ),
    ...[0, 51, -1, 1.5, '', '01', 'x', true, null, '51'].map((num): [string, string, unknown, string] => [
      coupon,
      'num',
      num,
      'num: ',
    ]),
    [info, 'bizCode', '', 'orderCode: is missing, and so is bizCode'],
  ]
  return [
    ...ids.flatMap(([path, name, longest, isRequired]) =>
      idCases(name, longest, isRequired, exchangeBad, field(path, name)),
    ),
    ...odd.map(([path, name, value, why]): Case => ({
      title: `${path} ${name} ${JSON.stringify(value)}`,
      ask: field(path, name)(value),
      hears: exchangeBad + why,
    })),
  ]
}

/** What belongs to another merchant. */
export const exchangeStrangerCases = (): Case[] => [
  {
    title: 'Exchange: a merchant of another app',
    ask: ({ partners }) => ask(partners, info, infoFields({ merchantId: 'OWNER3', bizCode: 'KNOWN-EX' })),
    hears: '7 商家ID不存在',
  },
  {
    title: 'Exchange: an order of another merchant',
    ask: ({ partners }) => ask(partners, info, infoFields({ merchantId: 'OWNER2', bizCode: 'KNOWN-EX' })),
    hears: '7 商家ID不存在',
  },
]
