import { createDecipheriv } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

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
