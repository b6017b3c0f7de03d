import { isUtf8 } from 'node:buffer'
import { constants, createPublicKey, privateDecrypt } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/**
 * Decrypts Base64 of RSA with PKCS#1 v1.5 padding, which is what Java does where it is told "RSA" and no more. Throws an
 * Error, which has nothing of the text in it, for whatever is no such ciphertext of UTF-8. A key of 2048 bits takes
 * about 0.4 ms, one of 4096 ten times that; nothing else runs meanwhile.
 *
 * Node 20 refuses to take this padding off, and newer ones answer a wrong padding with random bytes: both so that
 * nobody learns a text by sending altered ciphertexts and watching how they are taken. So the padding is taken off
 * here. Use it for ciphertexts of a partner that was asked over TLS alone, never for what strangers may send.
 */
export function decryptRsa(base64: string, privateKey: KeyObject): string {
  const text = unpad(decryptBlock(base64, privateKey))
  if (text === undefined || !isUtf8(text)) {
    throw new Error('This is no RSA ciphertext (PKCS#1 v1.5) of this key, in Base64.')
  }
  return text.toString('utf8')
}

/** The public half of a key as Java reads it: the Base64 of its X.509 SubjectPublicKeyInfo, in one line. */
export const publicKeyText = (privateKey: KeyObject): string =>
  createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).toString('base64')

function decryptBlock(base64: string, privateKey: KeyObject): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64')
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0
  if (bytes.length !== Math.ceil(bits / 8) || bytes.toString('base64') !== base64) return undefined
  try {
    return privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, bytes)
  } catch {
    // A number above the modulus.
    return undefined
  }
}

// RFC 8017 §7.2.2: 00 02, at least eight bytes that are not 00, 00, and the text behind.
function unpad(block: Buffer | undefined): Buffer | undefined {
  if (block === undefined || block[0] !== 0 || block[1] !== 2) return undefined
  const end = block.indexOf(0, 2)
  return end < 10 ? undefined : block.subarray(end + 1)
}
