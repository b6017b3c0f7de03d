import { createPrivateKey, createPublicKey, randomInt, randomUUID } from 'node:crypto'
import { bytesToSign, decryptCard, isSignatureValid, signBytes, type SignType } from './exchange-signature.ts'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { postJson } from './post-json.ts'
import type { HttpHeaders } from './post-json.ts'
import { toShanghaiDigits } from './shanghai-time.ts'

/** Who the merchant is and where its hub listens: its own RSA key with the hub's, a key for MD5, or both. */
export type ExchangeMerchantOptions = {
  hubUrl: string
  businessId: string
  merchantId: string
  privateKeyPem?: string
  platformPublicKeyPem?: string
  md5Key?: string
  /** By which type requests are signed; by RSA where absent and there is a key for it. */
  signType?: SignType
  wechatCouponsPath?: string
  couponPath?: string
  infoPath?: string
  /** The merchant's own clock; the machine's where absent. */
  now?: () => Date
}

export type WechatOrder = {
  productCode: string
  activityId: string
  openId?: string
  appId?: string
  bizCode?: string
  callbackUrl?: string
}
export type CodesOrder = {
  productCode: string
  num: number
  activityId?: string
  bizCode?: string
  callbackUrl?: string
}
export type OrderQuestion = { orderCode?: string; bizCode?: string }

/** Sent as they are, so that a replay or another type can be played. */
export type MerchantCallOptions = { nonce?: string; timestamp?: string; signType?: SignType | '' }

/** The hub's answer: `codes` are those of its `couponInfo`, decrypted; `sent` the fields as they went out. */
export type MerchantAnswer = {
  status: number
  headers: HttpHeaders
  body: unknown
  text: string
  isSignatureValid: boolean
  data: JsonObject | undefined
  codes: string[]
  sent: JsonObject
}

export type ExchangeMerchant = {
  orderWechatCoupon: (order: WechatOrder, options?: MerchantCallOptions) => Promise<MerchantAnswer>
  orderCodes: (order: CodesOrder, options?: MerchantCallOptions) => Promise<MerchantAnswer>
  query: (question: OrderQuestion, options?: MerchantCallOptions) => Promise<MerchantAnswer>
}

const randomDigits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('')

/**
 * A merchant of the exchange system (兑换系统): orders coupons and codes, and asks for them. It signs with its own signer by
 * either type and checks each answer with its own verifier; an answer without signature is handed over with
 * `isSignatureValid` false.
 * @throws where a key is no PEM key; the calls throw where nothing answers at `hubUrl`, or there is no key for a type.
 */
export function createExchangeMerchant(options: ExchangeMerchantOptions): ExchangeMerchant {
  const { businessId, merchantId, privateKeyPem, platformPublicKeyPem, md5Key: md5 } = options
  const privateKey = privateKeyPem === undefined ? undefined : createPrivateKey(privateKeyPem)
  const platformKey = platformPublicKeyPem === undefined ? undefined : createPublicKey(platformPublicKeyPem)
  const now = options.now ?? (() => new Date())
  const ownType = options.signType ?? (privateKey === undefined ? 'MD5' : 'SHA256-RSA')

  const call = async (path: string, asked: JsonObject, how: MerchantCallOptions): Promise<MerchantAnswer> => {
    const sent = { merchantId, businessId, ...asked }
    const body = JSON.stringify(sent)
    const signType = how.signType ?? ownType
    const headers = {
      businessId,
      nonce: how.nonce ?? randomUUID(),
      timestamp: how.timestamp ?? String(now().getTime()),
      signType,
    }
    const keys = { rsa: privateKey, md5 }
    const sign = signBytes(bytesToSign(headers, body), signType === '' ? 'SHA256-RSA' : signType, keys)
    const answer = await postJson(options.hubUrl, path, body, { accept: 'application/json', ...headers, sign })
    const data = isJsonObject(answer.body) && isJsonObject(answer.body['data']) ? answer.body['data'] : undefined
    return {
      status: answer.status,
      headers: answer.headers,
      body: answer.body,
      text: answer.text,
      isSignatureValid: isSignatureValid(answer.headers, answer.bytes, { rsa: platformKey, md5 }),
      data,
      codes: cardsOf(data).map((card) => (privateKey === undefined ? card : decryptCard(card, privateKey))),
      sent,
    }
  }

  const numbered = (order: WechatOrder | CodesOrder): JsonObject => ({
    bizCode: toShanghaiDigits(now()) + randomDigits(10),
    ...order,
  })
  const { wechatCouponsPath = '/v1/openapi/order/wechat/coupons' } = options
  const { couponPath = '/v1/openapi/order/coupon', infoPath = '/v1/openapi/order/info' } = options
  return {
    orderWechatCoupon: (order, how = {}) =>
      call(wechatCouponsPath, { openId: `o${randomDigits(27)}`, ...numbered(order) }, how),
    orderCodes: (order, how = {}) => call(couponPath, numbered(order), how),
    query: (question, how = {}) => call(infoPath, question, how),
  }
}

function cardsOf(data: JsonObject | undefined): string[] {
  const cards = data?.['couponInfo']
  if (!Array.isArray(cards)) return []
  return cards.flatMap((card: unknown) => (isJsonObject(card) ? String(card['cdkey']) : []))
}
