import { isRsaSha256 } from '../../wire/rsa.ts'
import { isWechatPayTimely, readWechatPaySignature, wechatPayMessageText } from '../../wire/wechat-pay-signature.ts'
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
