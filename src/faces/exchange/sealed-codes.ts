import { inboundKeys } from '../../core/set-up/app-keys.ts'
import { refuse } from '../../core/command/errors.ts'
import type { App } from '../../core/set-up/snapshot.ts'
import { encryptRsa, publicKeyOf } from '../../wire/rsa.ts'

/** Encrypts codes to the newest public key of the merchant; undefined where the app has none, only a secret for MD5. */
export function sealerOf(app: App, now: Date): ((code: string) => string) | undefined {
  const pem = inboundKeys(app, now).find(({ publicKey }) => publicKey !== null)?.publicKey
  return pem == null ? undefined : (code) => encryptRsa(code, publicKeyOf(pem))
}

/** The same; refuses with `action_not_allowed` an app whose codes could not be encrypted. */
export const requireSealer = (app: App, now: Date): ((code: string) => string) =>
  sealerOf(app, now) ??
  refuse('action_not_allowed', `app ${app.id} has no public key to encrypt codes to`, { field: 'businessId' })

/**
 * 卡密 as the channel gets it. Our codes are one secret, not a number and a password: both fields say it, so that whichever
 * of them a holder is shown works. `expireTime` in milliseconds.
 */
export const couponInfoOf = (seal: (code: string) => string, code: string, { validUntil }: { validUntil: Date }) => ({
  cardNo: seal(code),
  cdkey: seal(code),
  expireTime: validUntil.getTime(),
})
