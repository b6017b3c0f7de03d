import type { FastifyRequest } from 'fastify'
import { inboundKeys } from '../../core/set-up/app-keys.ts'
import { HubError, refuse } from '../../core/command/errors.ts'
import { makeNonceKey, type Nonce } from '../../core/command/callers.ts'
import { pairKey, type App } from '../../core/set-up/snapshot.ts'
import { lakalaRequestText, readLakalaAuthorization, type LakalaAuthorization } from '../../wire/lakala-signature.ts'
import { verifyRsaSha256, publicKeyOf } from '../../wire/rsa.ts'
import type { FaceTools } from '../face.ts'

export const face = 'lakala'

/** Whose request it is, and what proves that it is new. */
export type Caller = { app: App; nonce: Nonce }

/** Who a request says it comes from, proven or not: with its key a refusal is signed. */
export type Asker = { read: ReturnType<typeof readLakalaAuthorization>; app: App | undefined }

export function findAsker({ core }: FaceTools, request: FastifyRequest): Asker {
  const read = readLakalaAuthorization(request.headers.authorization ?? '')
  const app = read.appid === undefined ? undefined : core.setup.current().apps.get(pairKey(face, read.appid))
  return { read, app }
}

/**
 * Checks five lines signed over the bytes received, before anything of the body is looked at.
 * Refuses with bad_request, app_unknown, app_disabled, address_not_allowed, bad_signature, too_many_requests or
 * request_stale.
 */
export async function authenticate(
  { core, admission }: FaceTools,
  request: FastifyRequest,
  body: Uint8Array,
  { read, app }: Asker,
): Promise<Caller> {
  const now = core.hub.now()
  if ('wrong' in read) {
    admission.countFailure(request.ip, now)
    const { part, problem } = read.wrong
    return refuse('bad_request', `${part}: ${problem}`, { field: part })
  }
  const { authorization } = read
  if (app === undefined) {
    admission.countFailure(request.ip, now)
    return refuse('app_unknown', `there is no app ${authorization.appid}`, { field: 'appid' })
  }
  admission.checkApp(app, request.ip)
  if (inboundKeys(app, now).every((key) => !isOfSerial(key, authorization))) {
    admission.countFailure(request.ip, now)
    return refuse('bad_signature', `serial_no: app ${app.id} has no key ${authorization.serialNo}`, {
      field: 'serial_no',
    })
  }
  if (!(await isSignedBy(app, authorization, body, now))) {
    admission.countFailure(request.ip, now)
    throw badSignature(core.hub.config.isSandbox, authorization, body)
  }
  admission.countRequest(app, now)
  requireFresh(app, authorization, now)
  return { app, nonce: makeNonceKey(face, app.id, authorization.nonce, app.settings.toleranceSeconds) }
}

async function isSignedBy(app: App, authorization: LakalaAuthorization, body: Uint8Array, now: Date): Promise<boolean> {
  const text = lakalaRequestText({ ...authorization, body })
  for (const key of inboundKeys(app, now)) {
    const { publicKey } = key
    if (publicKey === null || !isOfSerial(key, authorization)) continue
    if (await verifyRsaSha256(text, authorization.signature, publicKeyOf(publicKey))) return true
  }
  return false
}

// A key without a number goes with any.
const isOfSerial = (key: { serialNo: string | null }, { serialNo }: LakalaAuthorization): boolean =>
  key.serialNo === null || key.serialNo === serialNo

// Only in the sandbox, where no secret is at stake: what a partner's engineer wants to see beside their own string.
function badSignature(isSandbox: boolean, authorization: LakalaAuthorization, body: Uint8Array): HubError {
  if (!isSandbox) return new HubError('bad_signature', 'the signature does not hold')
  const expected = lakalaRequestText({ ...authorization, body: new TextDecoder().decode(body) })
  return new HubError('bad_signature', `the string to sign is expected to be\n${expected}`)
}

function requireFresh(app: App, { timestamp }: LakalaAuthorization, now: Date): void {
  const seconds = Number(timestamp)
  if (Math.abs(seconds - now.getTime() / 1000) <= app.settings.toleranceSeconds) return
  refuse('request_stale', `the time stamp is more than ${app.settings.toleranceSeconds} s from the hub's clock`, {
    field: 'timestamp',
  })
}
