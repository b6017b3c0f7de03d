import { inboundSecrets, outboundKey } from '../../core/set-up/app-keys.ts'
import type { App } from '../../core/set-up/snapshot.ts'
import type { Hub } from '../../hub.ts'
import { exchangeMd5Sign, exchangeSignText, type ExchangeSignType } from '../../wire/exchange-signature.ts'
import { makeNonce } from '../../wire/nonce.ts'
import { signRsaSha256 } from '../../wire/rsa.ts'

/**
 * The headers that sign what the hub says to an app, an answer or a callback: by the type that is wanted where the app has
 * a key for it, else by the other one. Nothing where its keys are all over.
 */
export async function signedHeaders(hub: Hub, app: App, wanted: ExchangeSignType, body: string) {
  const now = hub.now()
  const [secret] = inboundSecrets(app, hub.keyring, now)
  const isPaired = app.keys.some(({ direction }) => direction === 'outbound')
  const isMd5 = secret !== undefined && (wanted === 'MD5' || !isPaired)
  if (!isMd5 && !isPaired) return {}
  const signType: ExchangeSignType = isMd5 ? 'MD5' : 'SHA256-RSA'
  const headers = { businessId: app.id, nonce: makeNonce(32), timestamp: String(now.getTime()), signType }
  const text = exchangeSignText(headers, body)
  const sign = isMd5
    ? exchangeMd5Sign(text, secret)
    : await signRsaSha256(text, outboundKey(app, hub.keyring, now).privateKey)
  return { ...headers, sign }
}
