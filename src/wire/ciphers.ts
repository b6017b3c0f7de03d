import { isUtf8 } from 'node:buffer'
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'

// Java's `DESede/ECB/PKCS5Padding`, which documents mean where they say 3DES and no more.
const cipher = 'des-ede3-ecb'

/**
 * Reads a 3DES key as partners hand it over: 32 or 48 hexadecimal digits, the Base64 of 16 or 24 bytes, or 16 or 24
 * characters of which the bytes (UTF-8) are the key; tried in this order, since every 32 digits are Base64 as well. A
 * key of 16 bytes is K1 K2, and K1 stands for K3. Throws an Error that says what to do.
 */
export function parseTripleDesKey(text: string): KeyObject {
  const bytes = [decodeHex(text), decodeBase64(text), Buffer.from(text)].find(hasKeyLength)
  if (bytes === undefined) {
    throw new Error(
      'This is no 3DES key: give 16 or 24 characters, 32 or 48 hexadecimal digits, or the Base64 of 16 or 24 bytes.',
    )
  }
  return createSecretKey(bytes.length === 24 ? bytes : Buffer.concat([bytes, bytes.subarray(0, 8)]))
}

/** Encrypts the UTF-8 of a text with 3DES in ECB mode, padded as PKCS#5 says, in Base64. */
export function encryptTripleDes(text: string, key: KeyObject): string {
  const encryption = createCipheriv(cipher, key, null)
  return Buffer.concat([encryption.update(text, 'utf8'), encryption.final()]).toString('base64')
}

/**
 * Decrypts what `encryptTripleDes` makes. Throws an Error, which has nothing of the text in it, where that is no Base64
 * of whole blocks, or where the key does not fit; of the keys that do not fit, padding and UTF-8 give away nearly all.
 */
export function decryptTripleDes(base64: string, key: KeyObject): string {
  const bytes = decodeBase64(base64)
  if (bytes === undefined || bytes.length % 8 !== 0) {
    throw new Error('This is no 3DES ciphertext: the Base64 of whole blocks of 8 bytes is needed.')
  }
  const text = decryptBlocks(bytes, key)
  if (text === undefined || !isUtf8(text)) throw new Error('This 3DES ciphertext was not made with this key.')
  return text.toString('utf8')
}

function decryptBlocks(bytes: Buffer, key: KeyObject): Buffer | undefined {
  const decryption = createDecipheriv(cipher, key, null)
  try {
    return Buffer.concat([decryption.update(bytes), decryption.final()])
  } catch {
    // The padding is wrong; OpenSSL's words for it help nobody.
    return undefined
  }
}

const hasKeyLength = (bytes: Buffer | undefined): bytes is Buffer => bytes?.length === 16 || bytes?.length === 24

const decodeHex = (text: string): Buffer | undefined =>
  /^(?:[0-9A-Fa-f]{2})+$/.test(text) ? Buffer.from(text, 'hex') : undefined

function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}

const tagBytes = 16

/** What was encrypted with AES in GCM: `sealed` is the ciphertext with the tag of 16 bytes behind it. */
type AesGcmBox = { readonly sealed: Uint8Array; readonly nonce: Uint8Array; readonly associatedData: Uint8Array }

/**
 * Opens what was sealed with AEAD_AES_256_GCM (RFC 5116 §5.2), by a key of 32 bytes and a nonce of 12. Undefined for
 * whatever was not sealed with this key, this nonce and this associated data, or was changed since.
 */
export function openAesGcm({ sealed, nonce, associatedData }: AesGcmBox, key: KeyObject): Buffer | undefined {
  if (nonce.byteLength !== 12 || sealed.byteLength < tagBytes) return undefined
  const decryption = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decryption.setAAD(associatedData)
  decryption.setAuthTag(sealed.subarray(-tagBytes))
  const text = decryption.update(sealed.subarray(0, -tagBytes))
  try {
    return Buffer.concat([text, decryption.final()])
  } catch {
    return undefined
  }
}
