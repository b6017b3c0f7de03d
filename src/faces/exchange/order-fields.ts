import { refuse } from '../../core/errors.ts'
import type { Setup } from '../../core/set-up/snapshot.ts'
import { checkCallbackUrl } from '../../wire/address.ts'
import type { FaceTools } from '../face.ts'
import { optionalId, requiredId } from '../fields.ts'
import type { Caller } from './authenticate.ts'

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
  const problem = asked.callbackUrl === undefined ? undefined : checkCallbackUrl(asked.callbackUrl, addresses)
  if (problem !== undefined) refuse('bad_request', `callbackUrl: ${problem}`, { field: 'callbackUrl' })
  const url = asked.callbackUrl ?? core.setup.current().channels.get(asked.merchantId)?.settings.callbackUrl
  return { issueUrl: url, redeemUrl: url, expireUrl: url }
}

/**
 * The WeChat app of an order's holder: the one given, else the channel's. Where the template's supplier has a list of
 * apps, it must be on it.
 */
export function wechatAppOf(
  setup: Setup,
  asked: { merchantId: string; productCode: string; appId?: string | undefined },
) {
  const appId = asked.appId ?? setup.channels.get(asked.merchantId)?.settings.wechatAppId
  const supplier = setup.suppliers.get(setup.templates.get(asked.productCode)?.supplierId ?? '')
  const known = supplier?.settings['appIds']
  if (!Array.isArray(known) || (appId !== undefined && known.includes(appId))) return appId
  const words = appId === undefined ? 'is missing, and the merchant has none' : 'is not authorised for this product'
  return refuse('bad_request', `appId: ${words}`, { field: 'appId' })
}
