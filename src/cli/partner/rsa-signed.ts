import { constants, publicDecrypt, type KeyObject } from 'node:crypto'

/** What stands in an RSA signature (PKCS#1 v1.5): a digest and the name of what made it. */
export type Signed = { algorithm: string | undefined; digest: Buffer }

// DigestInfo up to the digest itself (RFC 8017, 9.2, note 1).
const prefixes: Readonly<Record<string, string>> = {
  md5: '3020300c06082a864886f70d020505000410',
  sha1: '3021300906052b0e03021a05000414',
  sha224: '302d300d06096086480165030402040500041c',
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
}

/**
 * Opens a signature with its public key. Undefined where it is not made with the key's other half, or is padded in
 * another way (PSS). Without an algorithm, something was encrypted that is no DigestInfo.
 */
export function openSignature(signature: Uint8Array, key: KeyObject): Signed | undefined {
  const opened = decrypt(signature, key)
  if (opened === undefined) return undefined
  const hexadecimal = opened.toString('hex')
  const found = Object.entries(prefixes).find(([, prefix]) => hexadecimal.startsWith(prefix))
  if (found === undefined) return { algorithm: undefined, digest: opened }
  const [algorithm, prefix] = found
  return { algorithm, digest: opened.subarray(prefix.length / 2) }
}

function decrypt(signature: Uint8Array, key: KeyObject): Buffer | undefined {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
  } catch {
    // OpenSSL says "invalid padding" and the like, where nothing else than another key is meant.
    return undefined
  }
}
