import type { FastifyRequest } from 'fastify'
import { inboundKeys, inboundSecrets } from '../../core/set-up/app-keys.ts'
import { refuse } from '../../core/command/errors.ts'
import { makeNonceKey, type Nonce } from '../../core/command/callers.ts'
import { pairKey, type App } from '../../core/set-up/snapshot.ts'
import {
  exchangeMd5Sign,
  exchangeSignText,
  exchangeSignTypes,
  type ExchangeHeaders,
  type ExchangeSignType,
} from '../../wire/exchange-signature.ts'
import { verifyRsaSha256, publicKeyOf } from '../../wire/rsa.ts'
import { isSameSignature } from '../../wire/shoubei-signature.ts'
import { characterCount, isPrintableAscii } from '../../wire/text.ts'
import { countUnproven, type FaceTools } from '../face.ts'

export const face = 'exchange'

/** Whose request it is, and what proves that it is new. */
export type Caller = { app: App; nonce: Nonce }

/** Who a request says it comes from, proven or not: with the keys of that app the answer is signed. */
export type Asker = {
  app: App | undefined
  headers: Required<ExchangeHeaders>
  sign: string
  signType: ExchangeSignType
}

/** Reads the headers that prove a request; one that is missing is an empty text. */
export function findAsker({ core }: FaceTools, { headers }: FastifyRequest): Asker {
  const read = (name: string): string => String(headers[name] ?? '')
  const sent = {
    businessId: read('businessid'),
    nonce: read('nonce'),
    timestamp: read('timestamp'),
    signType: read('signtype'),
  }
  return {
    app: core.setup.current().apps.get(pairKey(face, sent.businessId)),
    headers: sent,
    sign: read('sign'),
    signType: sent.signType === 'MD5' ? 'MD5' : 'SHA256-RSA',
  }
}

/**
 * Checks the sign over headers and bytes received, before anything of the body is looked at; then rate and time stamp.
 * Refuses with bad_request, app_unknown, app_disabled, address_not_allowed, bad_signature, too_many_requests or
 * request_stale.
 */
export async function authenticate(
  tools: FaceTools,
  request: FastifyRequest,
  body: Uint8Array,
  asker: Asker,
): Promise<Caller> {
  const now = tools.core.hub.now()
  let app: App
  try {
    app = await prove(tools, request, body, asker)
  } catch (error) {
    throw countUnproven(tools, request, error)
  }
  tools.admission.countRequest(app, now)
  requireFresh(app, asker.headers, now)
  return { app, nonce: makeNonceKey(face, app.id, asker.headers.nonce, app.settings.toleranceSeconds) }
}

async function prove(
  { core, admission }: FaceTools,
  request: FastifyRequest,
  body: Uint8Array,
  asker: Asker,
): Promise<App> {
  requireHeaders(asker)
  const { app, headers } = asker
  if (app === undefined) {
    return refuse('app_unknown', `there is no app ${headers.businessId}`, { field: 'businessId' })
  }
  admission.checkApp(app, request.ip)
  const text = exchangeSignText(headers, body)
  if (await isSignedBy(app, asker, text, core.hub)) return app
  const inCapitals = { ...asker, sign: asker.sign.toUpperCase() }
  if (asker.signType === 'MD5' && (await isSignedBy(app, inCapitals, text, core.hub)))
    refuse('bad_request', 'sign: an MD5 must be in capitals', { field: 'sign' })
  if (!core.hub.config.isSandbox) return refuse('bad_signature', 'the sign does not hold')
  // Only in the sandbox: what a partner's engineer wants to see beside their own string; the key of an MD5 is not in it.
  return refuse('bad_signature', `the string to sign is expected to be\n${text.toString()}`)
}

function requireHeaders({ headers, sign }: Asker): void {
  for (const [name, value] of Object.entries({ businessId: headers.businessId, nonce: headers.nonce, sign })) {
    const longest = name === 'sign' ? 2048 : 64
    if (value === '') refuse('bad_request', `${name}: is missing in the headers`, { field: name })
    if (!isPrintableAscii(value) || characterCount(value) > longest) {
      refuse('bad_request', `${name}: must be at most ${longest} printable ASCII characters`, { field: name })
    }
    // Two different requests must never share a signed text.
    if (name !== 'sign' && /[&=]/.test(value)) refuse('bad_request', `${name}: must not hold & or =`, { field: name })
  }
  if (!/^[1-9]\d{12}$/.test(headers.timestamp)) {
    refuse('bad_request', 'timestamp: must be milliseconds since 1970, 13 digits', { field: 'timestamp' })
  }
  if (headers.signType !== '' && !exchangeSignTypes.some((type) => type === headers.signType)) {
    refuse('bad_request', `signType: must be ${exchangeSignTypes.join(' or ')}`, { field: 'signType' })
  }
}

async function isSignedBy(
  app: App,
  { sign, signType }: Asker,
  text: Uint8Array,
  { keyring, now }: FaceTools['core']['hub'],
) {
  if (signType === 'MD5') {
    return inboundSecrets(app, keyring, now()).some((key) => isSameSignature(sign, exchangeMd5Sign(text, key)))
  }
  for (const { publicKey } of inboundKeys(app, now())) {
    if (publicKey !== null && (await verifyRsaSha256(text, sign, publicKeyOf(publicKey)))) return true
  }
  return false
}

function requireFresh({ settings }: App, { timestamp }: ExchangeHeaders, now: Date): void {
  const { toleranceSeconds } = settings
  if (Math.abs(Number(timestamp) - now.getTime()) <= toleranceSeconds * 1000) return
  const words = `the time stamp is more than ${toleranceSeconds} s from the hub's clock`
  refuse('request_stale', words, { field: 'timestamp' })
}
