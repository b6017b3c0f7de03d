import { setImmediate } from 'node:timers/promises'
import { decryptRsa, publicKeyText } from '../../wire/rsa-decrypt.ts'
import { parsePrivateKey } from '../../wire/rsa.ts'
import { decryptTripleDes, parseTripleDesKey } from '../../wire/triple-des.ts'
import type { EsbSettings } from './settings.ts'

type Encryption = {
  /** What the request says codes are to be encrypted with; empty where they come as they are. */
  sentKey: string
  decrypt: (text: string) => string
}

/** Whale, ESB制码订单, `orderEncryptKey`: the key itself for 3DES, the public key for a key pair. */
export function encryptionOf({ encryptType, orderEncryptKey = '' }: EsbSettings): Encryption {
  switch (encryptType) {
    case 'none':
      return { sentKey: '', decrypt: (text) => text }
    case '3DES': {
      const key = parseTripleDesKey(orderEncryptKey)
      return { sentKey: orderEncryptKey, decrypt: (text) => decryptTripleDes(text, key) }
    }
    case 'RSA': {
      const key = parsePrivateKey(orderEncryptKey)
      return { sentKey: publicKeyText(key), decrypt: (text) => decryptRsa(text, key) }
    }
  }
}

/** Decrypts one code after another; undefined where one cannot be. */
export async function decryptAll(texts: readonly string[], { decrypt }: Encryption): Promise<string[] | undefined> {
  const codes: string[] = []
  for (const text of texts) {
    // A hundred codes under a key of 4096 bits take half a second: everything else gets its turn in between.
    await setImmediate()
    try {
      codes.push(decrypt(text))
    } catch {
      return undefined
    }
  }
  return codes
}
