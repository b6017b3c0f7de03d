import type { Keyring } from '../keyring.ts'
import type { HashCardNo } from './rules/index.ts'

/** How a hub hashes card numbers: what counters and rules carry in their place. */
export const hashCardNoWith =
  (keyring: Keyring): HashCardNo =>
  (cardNo) =>
    keyring.hash('card', cardNo).toString('base64url', 0, 16)
