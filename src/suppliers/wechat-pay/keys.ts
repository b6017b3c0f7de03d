import { createSecretKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { parsePrivateKey, parsePublicKey } from '../../wire/rsa.ts'
import type { WechatPaySettings } from './settings.ts'

type Keys = { privateKey: KeyObject; apiV3Key: KeyObject; verificationKeys: ReadonlyMap<string, KeyObject> }

const keysBySettings = new WeakMap<WechatPaySettings, Keys>()

/** The keys in the settings. Reading them takes longer than signing, so they are kept as long as the settings are. */
export function keysOf(settings: WechatPaySettings): Keys {
  const known = keysBySettings.get(settings)
  if (known !== undefined) return known
  const keys = readKeys(settings)
  keysBySettings.set(settings, keys)
  return keys
}

const readKeys = ({ privateKey, apiV3Key, verificationKeys }: WechatPaySettings): Keys => ({
  privateKey: parsePrivateKey(privateKey),
  apiV3Key: createSecretKey(Buffer.from(apiV3Key)),
  verificationKeys: new Map(verificationKeys.map(({ id, publicKey }) => [id, parsePublicKey(publicKey)])),
})
