import { createHmac, timingSafeEqual } from 'node:crypto'

/** What is signed besides the body, byte for byte: what is asked (in an answer with ` answer` behind), time, nonce. */
export type Signed = { what: string; timestamp: string; nonce: string; body: string }

/** HMAC-SHA256 in lower case hexadecimal: three lines, each with its `\n`, and the body. */
export const signatureOf = (key: string, { what, timestamp, nonce, body }: Signed): string =>
  createHmac('sha256', key).update(`${what}\n${timestamp}\n${nonce}\n${body}`).digest('hex')

/** In a time that does not tell how many of the characters were right. */
export function isSignature(given: string, key: string, signed: Signed): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(signatureOf(key, signed))]
  return left.length === right.length && timingSafeEqual(left, right)
}
