import type { Keyring } from '../../keyring.ts'
import type { HashCardNo } from '../rules/index.ts'

/** How a hub hashes card numbers: what counters and rules carry in their place. */
export const hashCardNoWith =
  (keyring: Keyring): HashCardNo =>
  (cardNo) =>
    keyring.hash('card', cardNo).toString('base64url', 0, 16)

/** By which a code that is not our own is found: an imported one, or a supplier's. */
export const codeHash = (keyring: Keyring, code: string): Buffer => keyring.hash('code', code)
