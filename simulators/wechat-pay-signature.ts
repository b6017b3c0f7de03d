import { createCipheriv, randomBytes, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JsonObject } from './json.ts'
import type { ServedRequest } from './serve.ts'

/** The merchant that asks: requests are signed with the key that has this serial number. */
export type WechatPayMerchant = { mchid: string; serialNo: string; publicKey: KeyObject }

/** A key that WeChat Pay signs with: `id` is a certificate's serial number, or `PUB_KEY_ID_…`. */
export type WechatPayPlatformKey = { id: string; privateKey: KeyObject }

const scheme = 'WECHATPAY2-SHA256-RSA2048 '
const toleranceSeconds = 300

const lines = (...parts: (string | Buffer)[]): Buffer =>
  Buffer.concat(parts.flatMap((part) => [typeof part === 'string' ? Buffer.from(part) : part, Buffer.from('\n')]))

// The document leaves the order of the attributes open; every one is needed once.
function readAuthorization(header: unknown): Record<string, string> | undefined {
  if (typeof header !== 'string' || !header.startsWith(scheme)) return undefined
  const pairs = [...header.slice(scheme.length).matchAll(/([a-z_]+)="([^"]*)"/g)]
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]))
}

/** What is wrong with a request's Authorization header, or undefined. */
export function problemOfSignature(
  { method, path, search, headers, bytes }: ServedRequest,
  { mchid, serialNo, publicKey }: WechatPayMerchant,
  now: Date,
): string | undefined {
  const given = readAuthorization(headers['authorization'])
  if (given === undefined) return 'Http头缺少认证信息 Authorization'
  const { timestamp = '', nonce_str: nonce = '', signature = '' } = given
  if (given['mchid'] !== mchid) return '商户号不存在'
  if (given['serial_no'] !== serialNo) return '商户证书序列号有误'
  if (!(Math.abs(Number(timestamp) - now.getTime() / 1000) <= toleranceSeconds)) return '请求时间戳超限'
  const text = lines(method, search === '' ? path : `${path}?${search}`, timestamp, nonce, bytes)
  return verify('sha256', text, publicKey, Buffer.from(signature, 'base64')) ? undefined : '错误的签名，验签失败'
}

/** The headers of an answer or a notification: three lines signed. */
export function signMessage(text: string, { id, privateKey }: WechatPayPlatformKey, now: Date): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const nonce = randomBytes(16).toString('hex')
  return {
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-serial': id,
    'wechatpay-signature': sign('sha256', lines(timestamp, nonce, text), privateKey).toString('base64'),
  }
}

/** The `resource` of a notification: AEAD_AES_256_GCM, the tag behind the ciphertext. */
export function sealResource(plain: JsonObject, apiV3Key: string): JsonObject {
  const nonce = randomBytes(6).toString('hex')
  const associatedData = 'coupon'
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, nonce)
  cipher.setAAD(Buffer.from(associatedData))
  const sealed = [cipher.update(JSON.stringify(plain), 'utf8'), cipher.final(), cipher.getAuthTag()]
  return {
    original_type: 'coupon',
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: Buffer.concat(sealed).toString('base64'),
    nonce,
    associated_data: associatedData,
  }
}
