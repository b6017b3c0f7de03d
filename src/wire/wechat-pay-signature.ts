import { signedLines } from './sign-string.ts'

const scheme = 'WECHATPAY2-SHA256-RSA2048'

/** WeChat Pay, API v3: what is more than five minutes off is not believed. */
const wechatPayToleranceSeconds = 300

type WechatPayRequest = {
  readonly method: string
  /** From the `/` behind the host: path and query as they are sent. */
  readonly target: string
  /** Seconds since 1970. */
  readonly timestamp: string
  readonly nonce: string
  /** Empty for a GET. */
  readonly body: string
}

/** What WeChat Pay says of itself in the `Wechatpay-…` headers of an answer or a notification. */
type WechatPaySignature = {
  /** Seconds since 1970, as written. */
  readonly timestamp: string
  readonly nonce: string
  /** The serial number of a certificate, or the id of a public key (`PUB_KEY_ID_…`). */
  readonly serial: string
  readonly signature: string
}

/** The text that is signed for a request: five lines. */
export const wechatPayRequestText = ({ method, target, timestamp, nonce, body }: WechatPayRequest): string =>
  signedLines([method, target, timestamp, nonce], body)

/** The text that is signed for an answer and for a notification: three lines, the body's bytes as they came. */
export const wechatPayMessageText = (
  { timestamp, nonce }: Pick<WechatPaySignature, 'timestamp' | 'nonce'>,
  body: Uint8Array,
): Uint8Array => signedLines([timestamp, nonce], body)

/** The Authorization header of a request. */
export function formatWechatPayAuthorization(
  { mchid, serialNo, signature }: { mchid: string; serialNo: string; signature: string },
  { timestamp, nonce }: WechatPayRequest,
): string {
  return `${scheme} mchid="${mchid}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${serialNo}"`
}

type Headers = Readonly<Record<string, string | undefined>>

/** Reads the headers (names in lower case); undefined where one is missing or not as it must be. Checks no signature. */
export function readWechatPaySignature(headers: Headers): WechatPaySignature | undefined {
  const read = (name: string): string => headers[`wechatpay-${name}`] ?? ''
  const given = {
    timestamp: read('timestamp'),
    nonce: read('nonce'),
    serial: read('serial'),
    signature: read('signature'),
  }
  return isWellFormed(given) ? given : undefined
}

const isWellFormed = ({ timestamp, nonce, serial, signature }: WechatPaySignature): boolean =>
  /^[1-9][0-9]{0,14}$/.test(timestamp) &&
  /^[\x21-\x7e]{1,128}$/.test(nonce) &&
  /^[\x21-\x7e]{1,128}$/.test(serial) &&
  /^[A-Za-z0-9+/]+={0,2}$/.test(signature)

/** Whether a time stamp is at most five minutes old, or ahead. */
export const isWechatPayTimely = (timestamp: string, now: Date): boolean =>
  Math.abs(Number(timestamp) * 1000 - now.getTime()) <= wechatPayToleranceSeconds * 1000
