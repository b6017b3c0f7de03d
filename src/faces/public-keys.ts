import { parsePublicKey } from '../wire/rsa.ts'

const publicKeys = new Map<string, ReturnType<typeof parsePublicKey>>()

/** A partner's public key, read once: reading a PEM costs ten times what checking a signature does. */
export function publicKeyOf(pem: string): ReturnType<typeof parsePublicKey> {
  let key = publicKeys.get(pem)
  if (key === undefined) {
    if (publicKeys.size >= 1_000) publicKeys.clear()
    key = parsePublicKey(pem)
    publicKeys.set(pem, key)
  }
  return key
}
