import { parseJsonObject, type JsonObject } from '../../wire/json.ts'
import { makeNonce } from '../../wire/sign-string.ts'
import { signRsaSha256, isRsaSha256 } from '../../wire/rsa.ts'
import {
  formatWechatPayAuthorization,
  wechatPayRequestText,
  isWechatPayTimely,
  readWechatPaySignature,
  wechatPayMessageText,
} from '../../wire/wechat-pay-signature.ts'
import { unknown } from '../answers.ts'
import type { SupplierHttpAnswer, SupplierHttpRequest, SupplierSend, Unknown } from '../supplier.ts'
import { keysOf } from './keys.ts'
import type { WechatPaySettings } from './settings.ts'

/**
 * Whether an answer or a notification is WeChat Pay's own, and of now: signed with one of the keys in the settings, at
 * most five minutes ago. The signature is looked at first: a stale message is one that was authentic.
 */
export function verifyMessage(
  settings: WechatPaySettings,
  { headers, body }: { headers: Readonly<Record<string, string | undefined>>; body: Uint8Array },
  now: Date,
): 'authentic' | 'bad_signature' | 'request_stale' {
  const given = readWechatPaySignature(headers)
  const key = keysOf(settings).verificationKeys.get(given?.serial ?? '')
  if (given === undefined || key === undefined) return 'bad_signature'
  if (!isRsaSha256(wechatPayMessageText(given, body), given.signature, key)) return 'bad_signature'
  return isWechatPayTimely(given.timestamp, now) ? 'authentic' : 'request_stale'
}

/** An answer that is WeChat Pay's own, with any HTTP status. */
export type Told = { kind: 'told'; status: number; object: JsonObject }

/**
 * A GET, where there is no message. `path` begins with `/v3` and has its query behind it. `isUnsigned`: WeChat Pay's page
 * says that the answer carries no signature and is not to be checked.
 */
type Question = { path: string; message?: object; isUnsigned?: boolean }

/** Asks, and believes nothing of an answer but what is signed, where it is signed at all. */
export async function askWechatPay(
  settings: WechatPaySettings,
  { path, message, isUnsigned = false }: Question,
  send: SupplierSend,
  now: Date,
): Promise<Told | Unknown> {
  const body = message === undefined ? {} : { body: JSON.stringify(message) }
  const url = settings.baseURL.replace(/\/+$/, '') + path
  const answer = await send(await signRequest(settings, { url, ...body }, now))
  if (answer.kind === 'failed') return unknown(`There was no answer (${answer.reason}): ${answer.message}`)
  if (answer.isCut) return unknown('The answer was too long to be read to its end.')
  const doubt = isUnsigned && answer.status !== 401 ? undefined : doubtOf(settings, answer, now)
  return doubt ?? toldBy(answer)
}

/** The request with its Authorization header, by WeChat Pay's scheme. */
export async function signRequest(
  settings: WechatPaySettings,
  { url, body }: Pick<SupplierHttpRequest, 'url' | 'body'>,
  now: Date,
): Promise<SupplierHttpRequest> {
  const { mchid, serialNo, verificationKeys } = settings
  const [key] = verificationKeys
  const method = body === undefined ? 'GET' : 'POST'
  const { pathname, search } = new URL(url)
  const timestamp = String(Math.floor(now.getTime() / 1000))
  const request = { method, target: pathname + search, timestamp, nonce: makeNonce(32), body: body ?? '' } as const
  const signature = await signRsaSha256(wechatPayRequestText(request), keysOf(settings).privateKey)
  const headers = {
    authorization: formatWechatPayAuthorization({ mchid, serialNo, signature }, request),
    accept: 'application/json',
    // While certificates give way to public keys, WeChat Pay signs with the one that is named here.
    ...(key === undefined ? {} : { 'wechatpay-serial': key.id }),
    // It refuses those who do not say what they are.
    'user-agent': 'quanhub',
  }
  return body === undefined
    ? { method, url, headers }
    : { method, url, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' }, body }
}

type Answered = Extract<SupplierHttpAnswer, { kind: 'answered' }>

/** Why an answer may not be WeChat Pay's own, or not of now; undefined where it is. */
function doubtOf(settings: WechatPaySettings, { status, headers, body }: Answered, now: Date): Unknown | undefined {
  const verdict = verifyMessage(settings, { headers, body: Buffer.from(body) }, now)
  // Whom WeChat Pay does not recognize, it answers without a signature.
  if (verdict === 'bad_signature' && status === 401) {
    return unknown('The answer was HTTP 401 without a signature: mchid, serialNo and privateKey are to be checked.')
  }
  if (verdict === 'bad_signature') return unknown(`The answer was HTTP ${status}, and not signed by a known key.`)
  if (verdict === 'request_stale') return unknown('The answer was signed more than five minutes ago, or ahead.')
  return undefined
}

function toldBy({ status, body }: Answered): Told | Unknown {
  try {
    return { kind: 'told', status, object: parseJsonObject(Buffer.from(body)) }
  } catch {
    return unknown('The answer was no JSON object.')
  }
}
