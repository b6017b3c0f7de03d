import { constants, createHash, privateDecrypt, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { HttpHeaders } from './post-json.ts'

export type SignType = 'SHA256-RSA' | 'MD5'

/** What a merchant signs or checks with: one of the two, or both. */
export type Keys = { rsa?: KeyObject | undefined; md5?: string | undefined }

/**
 * The bytes that are signed (兑换系统, 签名): all authentication headers but `sign`, empty ones left out, sorted by name,
 * `name=value` joined by `&`; the body follows with nothing in between.
 */
export function bytesToSign(headers: Readonly<Record<string, string>>, body: string | Buffer): Buffer {
  const pairs = Object.keys(headers)
    .filter((name) => name !== 'sign' && headers[name] !== '')
    .toSorted((left, right) => (left < right ? -1 : 1))
    .map((name) => `${name}=${headers[name]}`)
  return Buffer.concat([Buffer.from(pairs.join('&')), typeof body === 'string' ? Buffer.from(body) : body])
}

const md5Of = (bytes: Buffer, key: string): string =>
  createHash('md5')
    .update(Buffer.concat([bytes, Buffer.from(key)]))
    .digest('hex')
    .toUpperCase()

/** The value of the header `sign`. @throws where there is no key of that type. */
export function signBytes(bytes: Buffer, signType: SignType, { rsa, md5 }: Keys): string {
  if (signType === 'MD5' && md5 !== undefined) return md5Of(bytes, md5)
  if (signType === 'SHA256-RSA' && rsa !== undefined) return sign('sha256', bytes, rsa).toString('base64')
  throw new Error(`There is no key to sign by ${signType} with: give one.`)
}

const names = ['businessId', 'nonce', 'signType', 'timestamp'] as const

/** Checks an answer or a callback by its headers and raw body. False where a header or the key for its type is missing. */
export function isSignatureValid(headers: HttpHeaders, body: Buffer, { rsa, md5 }: Keys): boolean {
  const read = (name: string): string => {
    const value = headers[name.toLowerCase()]
    return typeof value === 'string' ? value : ''
  }
  const [given, signType] = [read('sign'), read('signType')]
  if (given === '' || read('businessId') === '' || read('nonce') === '' || read('timestamp') === '') return false
  const bytes = bytesToSign(Object.fromEntries(names.map((name) => [name, read(name)])), body)
  if (signType === 'MD5') return md5 !== undefined && given === md5Of(bytes, md5)
  return rsa !== undefined && verify('sha256', bytes, rsa, Buffer.from(given, 'base64'))
}

/** 卡密: Base64 of what was encrypted by RSA (PKCS#1 v1.5) to the merchant's key. @throws where it was not. */
export const decryptCard = (sealed: string, privateKey: KeyObject): string =>
  privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(sealed, 'base64')).toString(
    'utf8',
  )
