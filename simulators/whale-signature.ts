import { isUtf8 } from 'node:buffer'
import { sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { isJsonObject, parseJson } from './json.ts'
import type { JsonObject } from './json.ts'

/** What is said in an envelope; `timestamp` in seconds. */
export type WhaleMessage = { action: string; appId: string; timestamp: string; version: string; biz: JsonObject }

/** What was found in an envelope. */
export type OpenedEnvelope = {
  /** The envelope itself; undefined where what came is no JSON object. */
  envelope: JsonObject | undefined
  /** Its business object; undefined where there is no `biz_content`, or none that can be read. */
  biz: JsonObject | undefined
  /** True only for an envelope that has all six fields and is signed with that key. */
  isSignatureValid: boolean
}

const fieldNames = ['action', 'app_id', 'biz_content', 'timestamp', 'version', 'sign']

/**
 * The string under Whale's SHA256withRSA: every field but `sign`, null left out, empty strings kept, sorted by ASCII,
 * k=v joined by &; numbers as decimal text.
 */
export function stringToSign(envelope: JsonObject): string {
  return Object.entries(envelope)
    .filter(([name, value]) => name !== 'sign' && value !== null && value !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}=${String(value)}`)
    .join('&')
}

/** Puts a message into an envelope and signs it. */
export function sealEnvelope(message: WhaleMessage, privateKey: KeyObject): JsonObject {
  const { action, appId, timestamp, version, biz } = message
  const content = Buffer.from(JSON.stringify(biz)).toString('base64')
  const unsigned = { action, app_id: appId, biz_content: content, timestamp, version }
  const signature = sign('sha256', Buffer.from(stringToSign(unsigned)), privateKey).toString('base64')
  return { ...unsigned, sign: signature }
}

// Partners' Base64 libraries differ in what they forgive, so that only the standard spelling is taken for Base64.
function decodeBase64(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function readBiz(content: unknown): JsonObject | undefined {
  const bytes = decodeBase64(content)
  if (bytes === undefined || !isUtf8(bytes)) return undefined
  const biz = parseJson(bytes.toString('utf8'))
  return isJsonObject(biz) ? biz : undefined
}

const isText = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number'

/** Checks whether the platform signed this envelope. False where one of the six fields is missing or is no text. */
export function isEnvelopeSignatureValid(envelope: JsonObject, platformKey: KeyObject): boolean {
  const signature = decodeBase64(envelope['sign'])
  if (signature === undefined || !fieldNames.every((name) => isText(envelope[name]))) return false
  return verify('sha256', Buffer.from(stringToSign(envelope)), platformKey, signature)
}

/** Reads a body that ought to be an envelope: an answer or a notification. */
export function openEnvelope(body: unknown, platformKey: KeyObject): OpenedEnvelope {
  if (!isJsonObject(body)) return { envelope: undefined, biz: undefined, isSignatureValid: false }
  return {
    envelope: body,
    biz: readBiz(body['biz_content']),
    isSignatureValid: isEnvelopeSignatureValid(body, platformKey),
  }
}
