import type { FastifyRequest } from 'fastify'
import { inboundSecrets } from '../../core/set-up/app-keys.ts'
import { refuse } from '../../core/command/errors.ts'
import { pairKey, type App } from '../../core/set-up/snapshot.ts'
import type { AcceptorSettings } from '../../core/nouns/acceptor.ts'
import { isJsonNumber, type JsonNumber, type JsonObject } from '../../wire/json.ts'
import { isSameSignature, nestedFieldOf, shoubeiSign, shoubeiSignText } from '../../wire/shoubei-signature.ts'
import { ambiguousField } from '../../wire/sign-string.ts'
import { parseShanghaiCompact } from '../../time/shanghai.ts'
import type { FaceTools } from '../face.ts'

export const face = 'shoubei'

/** Who asks, as far as it is known: how it is to be refused, and the key that the answer is signed with. */
export type Asker = {
  app: App | undefined
  refusalStyle: AcceptorSettings['refusalStyle']
  key: string | undefined
  isProven: boolean
  /** Only in the sandbox, and where the sign did not hold: what was to be signed. */
  stringToSign: string | undefined
}

/** Whose request it is: an institution, the acceptor that it acts for, and the sign that proved it. */
export type Caller = { app: App; acceptorId: string; sign: string }

export const stranger: Readonly<Asker> = {
  app: undefined,
  refusalStyle: 'example',
  key: undefined,
  isProven: false,
  stringToSign: undefined,
}

/** The institution that a request names, with its newest key; a stranger where there is none. */
export function findAsker({ core }: FaceTools, fields: JsonObject): Asker {
  const { inst_no: id } = fields
  const setup = core.setup.current()
  const app = typeof id === 'string' ? setup.apps.get(pairKey(face, id)) : undefined
  if (app === undefined) return { ...stranger }
  const [key] = inboundSecrets(app, core.hub.keyring, core.hub.now())
  const refusalStyle = setup.acceptors.get(app.acceptorId ?? '')?.settings.refusalStyle ?? stranger.refusalStyle
  return { ...stranger, app, key, refusalStyle }
}

/**
 * Checks the sign over all top-level fields (docs/faces/shoubei.md), before the business sees any of them; then the
 * institution's rate and `ts`. Tells `asker` which key held.
 * Refuses with bad_request, app_unknown, app_disabled, address_not_allowed, bad_signature, too_many_requests or
 * request_stale.
 */
export function authenticate(tools: FaceTools, request: FastifyRequest, fields: JsonObject, asker: Asker): Caller {
  const now = tools.core.hub.now()
  const { app, sign } = prove(tools, request, fields, asker)
  tools.admission.countRequest(app, now)
  requireFresh(app, fields, now)
  if (app.acceptorId === null) return refuse('app_unknown', `app ${app.id} acts for no acceptor`, { field: 'inst_no' })
  return { app, acceptorId: app.acceptorId, sign }
}

function prove({ core, admission }: FaceTools, request: FastifyRequest, fields: JsonObject, asker: Asker) {
  const { keyring, config } = core.hub
  const app = requireApp(fields, asker)
  admission.checkApp(app, request.ip)
  const nested = nestedFieldOf(fields)
  if (nested !== undefined) refuse('bad_request', `${nested}: must not be an object or an array`, { field: nested })
  refuseAmbiguous(fields)
  const sign = requireText(fields, 'sign')
  const secrets = inboundSecrets(app, keyring, core.hub.now())
  const key = secrets.find((secret) => isSameSignature(sign, shoubeiSign(fields, secret)))
  if (key !== undefined) {
    Object.assign(asker, { key, isProven: true })
    return { app, sign }
  }
  const isInCapitals = secrets.some((secret) => isSameSignature(sign.toLowerCase(), shoubeiSign(fields, secret)))
  if (isInCapitals) refuse('bad_request', 'sign: must be in lower case', { field: 'sign' })
  // What a partner's engineer wants to see beside their own string: all of it but the key, which they know.
  if (config.isSandbox) asker.stringToSign = shoubeiSignText(fields, '***')
  return refuse('bad_signature', 'the sign does not hold', { field: 'sign' })
}

function requireApp(fields: JsonObject, { app }: Asker): App {
  if (app !== undefined) return app
  requireText(fields, 'inst_no')
  return refuse('app_unknown', 'there is no such institution', { field: 'inst_no' })
}

const scanned = new Set(['coupon_code', 'couponCode'])

/** Two different requests must never share a signed text. What a scanner read may be an address with a query. */
function refuseAmbiguous(fields: JsonObject): void {
  const texts = Object.entries(fields).map(
    ([name, value]) => [name, typeof value === 'string' && !scanned.has(name) ? value : ''] as const,
  )
  const field = ambiguousField(texts)
  if (field !== undefined) refuse('bad_request', `${field}: must not look like several fields of the sign`, { field })
}

function requireText(fields: JsonObject, name: string): string {
  const value = fields[name] ?? ''
  if (value === '') return refuse('bad_request', `${name}: is missing`, { field: name })
  return typeof value === 'string' ? value : refuse('bad_request', `${name}: must be a string`, { field: name })
}

function requireFresh(app: App, fields: JsonObject, now: Date): void {
  const { ts } = fields
  const written = isJsonNumber(ts ?? null) ? (ts as JsonNumber).numberText : requireText(fields, 'ts')
  const at = parseShanghaiCompact(written)
  if (at === undefined) return refuse('bad_request', 'ts: must be a time as yyyyMMddHHmmss', { field: 'ts' })
  const { toleranceSeconds } = app.settings
  if (Math.abs(at.getTime() - now.getTime()) <= toleranceSeconds * 1000) return
  refuse('request_stale', `the time stamp is more than ${toleranceSeconds} s from the hub's clock`, { field: 'ts' })
}
