import { parseJsonObject } from '../../wire/json.ts'
import type { JsonObject } from '../../wire/json.ts'
import { lakalaNotificationText, parseLakalaNotificationAuthorization } from '../../wire/lakala-signature.ts'
import { isRsaSha256, parsePublicKey } from '../../wire/rsa.ts'
import { textIn } from '../read.ts'
import type { Heard, SupplierMessage } from '../supplier.ts'
import { useOf } from './look-up.ts'
import type { LakalaSettings } from './settings.ts'

const toleranceSeconds = 300

const no = (reason: Extract<Heard, { kind: 'refused' }>['reason'], message: string): Heard => ({
  kind: 'refused',
  reason,
  message,
})

/** 核销回调: signed by three lines in its header. Whatever is no use of ours is nothing. */
export function hear(settings: LakalaSettings, { headers, body }: SupplierMessage, now: Date): Heard {
  const authorization = parseLakalaNotificationAuthorization(headers['authorization'] ?? '')
  if (authorization === undefined) return no('bad_request', 'Authorization is not LKLAPI-SHA256withRSA.')
  const { timestamp, nonce, signature } = authorization
  const text = lakalaNotificationText({ timestamp, nonce, body })
  if (!isRsaSha256(text, signature, parsePublicKey(settings.platformPublicKey))) {
    return no('bad_signature', 'The signature does not hold.')
  }
  if (Math.abs(Number(timestamp) - now.getTime() / 1000) > toleranceSeconds) {
    return no('request_stale', `The time stamp is more than ${toleranceSeconds} s from the hub's clock.`)
  }
  const fields = readObject(body)
  return fields === undefined ? no('bad_request', 'The body is no JSON object.') : read(fields, settings)
}

function read(fields: JsonObject, { ownerId }: LakalaSettings): Heard {
  if (fields['tradeStatus'] !== 'USED' || fields['owner_id'] !== ownerId) return { kind: 'nothing' }
  const code = textIn(fields['third_coupon_id'])
  if (code === undefined || !/^[\x21-\x7e]{1,64}$/.test(code)) {
    return no('bad_request', 'third_coupon_id is missing, or no code.')
  }
  const use = useOf(fields, code)
  return use === undefined ? no('bad_request', 'gmt_used is not yyyy-MM-dd HH:mm:ss.') : { kind: 'used', use }
}

function readObject(body: Uint8Array): JsonObject | undefined {
  try {
    return parseJsonObject(body)
  } catch {
    return undefined
  }
}
