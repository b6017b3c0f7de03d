import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { AppKeyRow } from '../../db/set-up.ts'
import type { Keyring } from '../../keyring.ts'
import type { App } from './snapshot.ts'

/** A key with which the hub signs for an app. `serialNo` is what the partner knows it by, where the face names it. */
type OutboundKey = { privateKey: KeyObject; serialNo: string }

// Parsing a key costs more than signing with it: each is kept, by the row that it came from, as long as that row.
const parsed = new WeakMap<AppKeyRow, KeyObject>()

/** The key with which the hub signs for this app now: the newest whose time has come. */
export function outboundKey(app: App, keyring: Keyring, now: Date): OutboundKey {
  const row = app.keys.findLast((key) => key.direction === 'outbound' && key.secret !== null && isValid(key, now))
  if (row === undefined) throw new Error(`app ${app.id} has no key to sign with`)
  let privateKey = parsed.get(row)
  if (privateKey === undefined) {
    privateKey = createPrivateKey(keyring.decrypt(row.secret!))
    parsed.set(row, privateKey)
  }
  return { privateKey, serialNo: row.serialNo ?? '' }
}

/** The keys that the partner may sign with now, the newest first. */
export const inboundKeys = (app: App, now: Date): AppKeyRow[] =>
  app.keys.filter((key) => key.direction === 'inbound' && isValid(key, now)).toReversed()

const decrypted = new WeakMap<AppKeyRow, string>()

/** The secrets that the hub shares with the partner now, the newest first. Never to be logged. */
export const inboundSecrets = (app: App, keyring: Keyring, now: Date): string[] =>
  inboundKeys(app, now).flatMap((row) => (row.secret === null ? [] : [secretOf(row, row.secret, keyring)]))

function secretOf(row: AppKeyRow, cipher: Buffer, keyring: Keyring): string {
  let secret = decrypted.get(row)
  if (secret === undefined) {
    secret = keyring.decrypt(cipher)
    decrypted.set(row, secret)
  }
  return secret
}

const isValid = (key: AppKeyRow, now: Date): boolean =>
  key.validFrom <= now && (key.validUntil === null || key.validUntil > now)
