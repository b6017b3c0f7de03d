import { randomInt, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { JsonObject } from './json.ts'
import type { HttpHeaders } from './post-json.ts'

const scheme = 'LKLAPI-SHA256withRSA'
const base64 = /^[A-Za-z0-9+/]+={0,2}$/
const nonceAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

// Lakala, "Header中传送下列值": names, order and the nonce's twelve characters as printed there. A bank that parses so
// strictly exists, so the stand-in does too.
const notificationHeader = new RegExp(
  `^${scheme} timestamp="([1-9][0-9]{0,18})",nonce_str="([A-Za-z0-9]{12})",signature="([A-Za-z0-9+/]+={0,2})"$`,
)

/** What goes into a request's header besides the signature; `timestamp` in seconds. */
export type RequestIdentity = { appid: string; serialNo: string; timestamp: string; nonce: string }

/** Twelve random letters and digits, as Lakala’s document asks of nonce_str. */
export const makeNonce = (): string =>
  Array.from({ length: 12 }, () => nonceAlphabet[randomInt(nonceAlphabet.length)]).join('')

/** The lines that Lakala signs: each ends with a line feed, the last (the body as sent) too. */
export function linesToSign(lines: readonly string[], body: string | Buffer): Buffer {
  const head = lines.map((line) => `${line}\n`).join('')
  return Buffer.concat([Buffer.from(head), typeof body === 'string' ? Buffer.from(body) : body, Buffer.from('\n')])
}

/** The Authorization header of a request: five lines signed (appid, serial number, time stamp, nonce, body). */
export function authorizeRequest(identity: RequestIdentity, body: string, privateKey: KeyObject): string {
  const { appid, serialNo, timestamp, nonce } = identity
  const lines = linesToSign([appid, serialNo, timestamp, nonce], body)
  const signature = sign('sha256', lines, privateKey).toString('base64')
  return `${scheme} appid="${appid}",serial_no="${serialNo}",timestamp="${timestamp}",nonce_str="${nonce}",signature="${signature}"`
}

const isSignedBy = (key: KeyObject, signed: Buffer, signature: string): boolean =>
  base64.test(signature) && verify('sha256', signed, key, Buffer.from(signature, 'base64'))

/** Checks a synchronous answer: five lines, the first four from its Lklapi-* headers. False where one is missing. */
export function isAnswerSignatureValid(headers: HttpHeaders, body: Buffer, platformKey: KeyObject): boolean {
  const names = ['lklapi-appid', 'lklapi-serial', 'lklapi-timestamp', 'lklapi-nonce', 'lklapi-signature']
  const values = names.map((name) => headers[name]).filter((value) => typeof value === 'string' && value !== '')
  if (values.length !== names.length) return false
  const [appid, serialNo, timestamp, nonce, signature] = values as [string, string, string, string, string]
  return isSignedBy(platformKey, linesToSign([appid, serialNo, timestamp, nonce], body), signature)
}

/** Checks a callback's Authorization header: three lines (time stamp, nonce, body), no appid and no serial number. */
export function isCallbackSignatureValid(authorization: string, body: Buffer, platformKey: KeyObject): boolean {
  const [, timestamp, nonce, signature] = notificationHeader.exec(authorization) ?? []
  if (timestamp === undefined || nonce === undefined || signature === undefined) return false
  return isSignedBy(platformKey, linesToSign([timestamp, nonce], body), signature)
}

/** The string that an RSA2 body signature covers: without sign, signType and empty values, sorted by ASCII, k=v joined by &. */
export function bodyStringToSign(fields: JsonObject): string {
  return Object.entries(fields)
    .filter(([name, value]) => name !== 'sign' && name !== 'signType' && value !== '' && value !== null)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('&')
}

/** Checks the `sign` inside an issue callback. False where `signType` is not RSA2 or `sign` is missing. */
export function isBodySignatureValid(fields: JsonObject, platformKey: KeyObject): boolean {
  if (fields['signType'] !== 'RSA2' || typeof fields['sign'] !== 'string') return false
  return isSignedBy(platformKey, Buffer.from(bodyStringToSign(fields)), fields['sign'])
}
