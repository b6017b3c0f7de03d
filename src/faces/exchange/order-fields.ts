import type { FaceTerms } from '../../hub.ts'
import { refuse } from '../../core/command/errors.ts'
import { checkCallbackUrl } from '../../wire/address.ts'
import type { FaceTools } from '../face.ts'
import { optionalId, requiredId } from '../fields.ts'
import type { Caller } from './authenticate.ts'

/** Exchange, activityId: at most three months long, and at least one yuan off. An app signs by either `signType`. */
export const exchangeTerms: FaceTerms = { activityMonthsMax: 3, faceValueMinFen: 100, mayHaveBothKeys: true }

/** What every request's body says of who asks. */
export const askerFields = { merchantId: requiredId(64), businessId: requiredId(64) }

/** What an order says besides. */
export const orderFields = {
  ...askerFields,
  productCode: requiredId(64),
  bizCode: requiredId(64),
  callbackUrl: optionalId(256),
}

/** Refuses a body that names another businessId than the headers, which are what the key was chosen by. */
export function requireSameBusiness({ app }: Caller, { businessId }: { businessId: string }): void {
  if (businessId === app.id) return
  refuse('bad_request', 'businessId: is not that of the headers', { field: 'businessId' })
}

/**
 * Where everything that becomes of an order is told: where it says, else where its channel has it, else nowhere. Refuses an
 * address that may not be reached.
 */
export function tellingUrls(
  { core, addresses }: FaceTools,
  asked: { merchantId: string; callbackUrl?: string | undefined },
) {
  // The document's own example has no scheme.
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(asked.callbackUrl ?? '')
  const callbackUrl = asked.callbackUrl === undefined || hasScheme ? asked.callbackUrl : `https://${asked.callbackUrl}`
  const problem = callbackUrl === undefined ? undefined : checkCallbackUrl(callbackUrl, addresses)
  if (problem !== undefined) refuse('bad_request', `callbackUrl: ${problem}`, { field: 'callbackUrl' })
  const url = callbackUrl ?? core.setup.current().channels.get(asked.merchantId)?.settings.callbackUrl
  return { issueUrl: url, redeemUrl: url, expireUrl: url }
}
