import type { NotificationFacts } from '../../db/notifications.ts'
import type { Keyring } from '../../keyring.ts'

/** What became of a batch of codes that a channel changed, code by code, as its wire says it. */
export type ChangedCodes = {
  /** What was to be done, and under which number the channel asked for it. */
  optTag: string
  requestId?: string
  totalCodeNum: number
  successCodeNum: number
  codeArray: { code: string; returnCode: string; returnMsg: string; status: string | null }[]
}

/** For `facts.sealed` of a `changed` notification: codes are not to be read in its table. */
export const sealChangedCodes = (keyring: Keyring, changed: ChangedCodes): string =>
  keyring.encrypt(JSON.stringify(changed)).toString('base64')

/** What a notification has sealed; undefined where it has nothing. */
export const openChangedCodes = (keyring: Keyring, { sealed }: NotificationFacts): ChangedCodes | undefined =>
  sealed === undefined ? undefined : (JSON.parse(keyring.decrypt(Buffer.from(sealed, 'base64'))) as ChangedCodes)
