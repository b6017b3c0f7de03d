import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Keyring } from '../../keyring.ts'

// WeChat hands `state` back as it was given: letters and digits, at most 128 of them. It says until when it counts, and
// proves that this hub made it for this link and this way back; nothing needs to be remembered.

const validSeconds = 600
const stateText = /^([0-9a-f]{10})([0-9a-f]{16})([0-9a-f]{64})$/

const seal = (keyring: Keyring, ends: string, salt: string, linkId: string, wayBack: string): Buffer =>
  keyring.hash('openid-state', JSON.stringify([ends, salt, linkId, wayBack]))

/** A state that counts for ten minutes. */
export function makeState(keyring: Keyring, linkId: string, wayBack: string, now: Date): string {
  const ends = (Math.floor(now.getTime() / 1000) + validSeconds).toString(16).padStart(10, '0')
  const salt = randomBytes(8).toString('hex')
  return `${ends}${salt}${seal(keyring, ends, salt, linkId, wayBack).toString('hex')}`
}

/** Whether this hub made the state, for this link and this way back; `old` where its time is over. */
export function checkState(
  keyring: Keyring,
  state: string,
  linkId: string,
  wayBack: string,
  now: Date,
): 'good' | 'old' | 'forged' {
  const [, ends, salt, sealed] = stateText.exec(state) ?? []
  if (ends === undefined || salt === undefined || sealed === undefined) return 'forged'
  const isOurs = timingSafeEqual(Buffer.from(sealed, 'hex'), seal(keyring, ends, salt, linkId, wayBack))
  if (!isOurs) return 'forged'
  return now.getTime() / 1000 < Number.parseInt(ends, 16) ? 'good' : 'old'
}
