import { createHash } from 'node:crypto'
import { joinSorted } from './sign-string.ts'

/** How a message of the exchange system (兑换系统) may be signed. The first is meant where none is named. */
export const exchangeSignTypes = ['SHA256-RSA', 'MD5'] as const
export type ExchangeSignType = (typeof exchangeSignTypes)[number]

/** The headers that are signed, by the document's names. On the wire their names may come in any case. */
export type ExchangeHeaders = { businessId: string; nonce: string; timestamp: string; signType?: string | undefined }

/**
 * The string to sign, in bytes (Exchange, 签名): the headers but `sign`, empty ones left out (so is `signType` where it is
 * not sent), sorted, `k=v` joined by `&`, and right behind it, with nothing in between, the body as it is sent.
 */
export function exchangeSignText(headers: ExchangeHeaders, body: string | Uint8Array): Buffer {
  const { businessId, nonce, timestamp, signType = '' } = headers
  const signed = Object.entries({ businessId, nonce, timestamp, signType })
  return Buffer.concat([Buffer.from(joinSorted(signed, { isEmptyKept: false })), Buffer.from(body)])
}

/** The sign of type MD5: of the string and, right behind it, the key; 32 hexadecimal digits in upper case. */
export const exchangeMd5Sign = (text: Uint8Array, key: string): string =>
  createHash('md5').update(text).update(key).digest('hex').toUpperCase()
