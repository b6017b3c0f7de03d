import type { FastifyRequest } from 'fastify'
import { inboundKeys } from '../../core/set-up/app-keys.ts'
import { refuse } from '../../core/command/errors.ts'
import { makeNonceKey, type Nonce } from '../../core/command/callers.ts'
import { pairKey, type App } from '../../core/set-up/snapshot.ts'
import type { JsonObject } from '../../wire/json.ts'
import { verifyRsaSha256, publicKeyOf } from '../../wire/rsa.ts'
import { ambiguousField } from '../../wire/sign-string.ts'
import { whaleText } from '../../wire/whale-signature.ts'
import type { FaceTools } from '../face.ts'
import type { Action } from './actions/action.ts'
import { findAction } from './actions/index.ts'
import { face } from './words.ts'
import { defaultVersion, isBare, requireText, signedTexts, textOf } from './envelope.ts'

/** Who asks for what, as far as it is known before anything is proven: it decides how the answer is made. */
export type Asker = {
  app: App | undefined
  action: Action | undefined
  /** The action's name as it was asked for; empty where there is no such action. */
  actionName: string
  version: string
  isBare: boolean
  isProven: boolean
}

export const stranger: Readonly<Asker> = {
  app: undefined,
  action: undefined,
  actionName: '',
  version: defaultVersion,
  isBare: false,
  isProven: false,
}

/**
 * What goes into an answer that is signed before its question was proven. Nothing of it may be the asker's own text: a
 * name with `&` and `=` in it would make the string that we sign the string of another message, a notification say.
 */
export function findAsker(tools: FaceTools, body: JsonObject): Asker {
  const name = textOf(body['action']) ?? ''
  const action = findAction(name)
  const version = textOf(body['version']) ?? ''
  return {
    ...stranger,
    app: findApp(tools, body, action),
    action,
    actionName: action === undefined ? '' : name,
    version: /^[0-9A-Za-z._-]{1,16}$/.test(version) ? version : defaultVersion,
    isBare: isBare(body),
  }
}

/** The app that is named; of a bare question that names none, the only one that may ask it so. */
function findApp({ core }: FaceTools, body: JsonObject, action: Action | undefined): App | undefined {
  const { apps } = core.setup.current()
  const id = textOf(body['app_id']) ?? ''
  if (id !== '') return apps.get(pairKey(face, id))
  if (!isBare(body) || action === undefined) return undefined
  const candidates = [...apps.values()].filter((app) => isUnsignedTaken(app) && mayCall(app, action))
  return candidates.length === 1 ? candidates[0] : undefined
}

const isUnsignedTaken = (app: App): boolean => app.face === face && app.settings.isUnsignedTaken

/** An ERP's app calls the back office and nothing else, any other app the transactions. */
export const mayCall = (app: App, { side }: Action): boolean => app.settings.isBackOffice === (side === 'backOffice')

/**
 * Checks the signature over the envelope as it was received (or that the app may do without), before anything of the
 * business is looked at; then the app's rate and the time stamp. Tells `asker` that it held.
 * Refuses with bad_request, app_unknown, app_disabled, address_not_allowed, bad_signature, too_many_requests or
 * request_stale.
 */
export async function authenticate(
  tools: FaceTools,
  request: FastifyRequest,
  body: JsonObject,
  asker: Asker,
): Promise<{ app: App; nonce: Nonce | undefined }> {
  const texts = asker.isBare ? undefined : signedTexts(body)
  const app = requireApp(body, asker)
  tools.admission.checkApp(app, request.ip)
  if (texts !== undefined) await requireSignature(tools, app, body, texts)
  asker.isProven = true
  const now = tools.core.hub.now()
  tools.admission.countRequest(app, now)
  if (texts === undefined) return { app, nonce: undefined }
  requireFresh(app, body, now)
  return { app, nonce: makeNonceKey(face, app.id, requireText(body, 'sign'), app.settings.toleranceSeconds) }
}

function requireApp(body: JsonObject, { app, isBare: isWithoutSign }: Asker): App {
  const isNamed = (textOf(body['app_id']) ?? '') !== ''
  if (isWithoutSign && (app === undefined ? !isNamed : !isUnsignedTaken(app))) {
    refuse('bad_request', 'sign: is missing: only apps that are marked so may do without one', {
      field: 'sign',
    })
  }
  if (app !== undefined) return app
  requireText(body, 'app_id')
  return refuse('app_unknown', 'there is no such app', { field: 'app_id' })
}

async function requireSignature(
  { core }: FaceTools,
  app: App,
  body: JsonObject,
  texts: Record<string, string | null>,
): Promise<void> {
  const sign = requireText(body, 'sign')
  // Two different requests must never share a signed text.
  const field = ambiguousField(Object.entries(texts).map(([name, value]) => [name, value ?? '']))
  if (field !== undefined) refuse('bad_request', `${field}: must not look like several fields of the sign`, { field })
  const text = whaleText(texts)
  const keys = inboundKeys(app, core.hub.now()).flatMap(({ publicKey }) => publicKey ?? [])
  if (keys.length === 0) {
    const words = `sign: the hub has no public key of ${app.id} yet (saleChannelConfig.channelPublicKey, or by the operator)`
    refuse('bad_request', words, { field: 'sign' })
  }
  for (const publicKey of keys) {
    if (await verifyRsaSha256(text, sign, publicKeyOf(publicKey))) return
  }
  // Only in the sandbox, where no secret is at stake: what a partner's engineer wants to see beside their own string.
  const expected = `the string to sign is expected to be\n${text}`
  refuse('bad_signature', core.hub.config.isSandbox ? expected : 'the sign does not hold', { field: 'sign' })
}

function requireFresh(app: App, body: JsonObject, now: Date): void {
  const text = requireText(body, 'timestamp')
  if (!/^[1-9][0-9]{9}$/.test(text)) {
    refuse('bad_request', 'timestamp: must be the time in seconds since 1970, ten digits', { field: 'timestamp' })
  }
  const { toleranceSeconds } = app.settings
  if (Math.abs(Number(text) - now.getTime() / 1000) <= toleranceSeconds) return
  const words = `the time stamp is more than ${toleranceSeconds} s from the hub's clock`
  refuse('request_stale', words, { field: 'timestamp' })
}
