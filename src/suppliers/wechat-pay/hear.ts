import { openAesGcm } from '../../wire/ciphers.ts'
import { isJsonObject, parseJsonObject, type JsonObject, type JsonValue } from '../../wire/json.ts'
import type { Heard, SupplierMessage } from '../supplier.ts'
import { readUse } from './coupon.ts'
import { keysOf } from './keys.ts'
import type { WechatPaySettings } from './settings.ts'
import { verifyMessage } from './ask.ts'

// WeChat Pay, 核销事件回调通知: the page for merchants names the first, the one for partners shows the other.
const useEvents: ReadonlySet<JsonValue | undefined> = new Set(['COUPON.USE', 'TRANSACTION.SUCCESS'])

const refuse = (reason: Extract<Heard, { kind: 'refused' }>['reason'], message: string): Heard => ({
  kind: 'refused',
  reason,
  message,
})

/** Reads a notification: a use of a coupon, or something else that is none of ours. */
export function hear(settings: WechatPaySettings, message: SupplierMessage, now: Date): Heard {
  const verdict = verifyMessage(settings, message, now)
  if (verdict === 'bad_signature') return refuse(verdict, 'The signature is none of a key in verificationKeys.')
  if (verdict === 'request_stale') return refuse(verdict, 'The notification was signed more than five minutes ago.')
  const event = readObject(message.body)
  if (event === undefined) return refuse('bad_request', 'The notification is no JSON object.')
  if (!useEvents.has(event.event_type)) return { kind: 'nothing' }
  const { resource } = event
  if (!isJsonObject(resource)) return refuse('bad_request', 'The notification has no resource.')
  return hearResource(settings, resource)
}

// Payments have notifications of the same name.
function hearResource(settings: WechatPaySettings, resource: JsonObject): Heard {
  if (resource.original_type !== 'coupon') return { kind: 'nothing' }
  const coupon = open(settings, resource)
  if (coupon === undefined) return refuse('bad_request', 'The resource cannot be opened: apiV3Key is to be checked.')
  const use = readUse(coupon)
  return use === undefined
    ? refuse('bad_request', 'The resource does not say which coupon, or when.')
    : { kind: 'used', use }
}

function open(settings: WechatPaySettings, resource: JsonObject): JsonObject | undefined {
  const { algorithm, ciphertext, nonce, associated_data: associatedData = '' } = resource
  if (algorithm !== 'AEAD_AES_256_GCM' || typeof ciphertext !== 'string' || typeof nonce !== 'string') return undefined
  // Some send null for what is empty.
  if (associatedData !== null && typeof associatedData !== 'string') return undefined
  const box = {
    sealed: Buffer.from(ciphertext, 'base64'),
    nonce: Buffer.from(nonce),
    associatedData: Buffer.from(associatedData ?? ''),
  }
  const text = openAesGcm(box, keysOf(settings).apiV3Key)
  return text === undefined ? undefined : readObject(text)
}

function readObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    return parseJsonObject(bytes)
  } catch {
    return undefined
  }
}
