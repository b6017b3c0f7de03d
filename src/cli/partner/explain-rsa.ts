import { constants, createHash, verify, type KeyObject } from 'node:crypto'
import { mistakes } from './mistakes.ts'
import { openSignature } from './rsa-signed.ts'
import { readSignature } from './signature-text.ts'

/** A text that a client may have signed instead of the right one, and the mistake that makes it. */
export type WrongText = { mistake: string; text: string | Uint8Array }

/**
 * Everything that is wrong with a signature of SHA256withRSA; nothing where it holds. It is opened with the public key, so
 * that another key and another text are told apart, and the text is searched among the wrong ones.
 */
export function explainRsaSignature(
  right: string | Uint8Array,
  wrong: readonly WrongText[],
  signature: string,
  publicKey: KeyObject,
): string[] {
  const { mistake, bytes } = readSignature(signature)
  const spelling = mistake === '' ? [] : [mistake]
  const signed = openSignature(bytes, publicKey)
  if (signed === undefined) return [...spelling, keyMistake(right, bytes, publicKey)]
  const { algorithm, digest } = signed
  if (algorithm === undefined) return [...spelling, mistakes.noDigestInfo]
  const isSigned = (text: string | Uint8Array): boolean => createHash(algorithm).update(text).digest().equals(digest)
  const texts = isSigned(right) ? [] : [wrong.find(({ text }) => isSigned(text))?.mistake ?? mistakes.otherText]
  return [...spelling, ...algorithmMistakes(algorithm), ...texts]
}

function keyMistake(text: string | Uint8Array, bytes: Buffer, key: KeyObject): string {
  const padded = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
  if (verify('sha256', Buffer.from(text), padded, bytes)) return mistakes.pss
  const expectedBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  if (bytes.length === expectedBytes) return mistakes.otherPrivateKey
  return `The signature has ${bytes.length} bytes, the key makes ${expectedBytes}: it was cut, or made with another key.`
}

function algorithmMistakes(algorithm: string): string[] {
  if (algorithm === 'sha256') return []
  if (algorithm === 'sha1') return [mistakes.sha1]
  return [`It is signed by ${algorithm.toUpperCase()}withRSA: it must be SHA256withRSA.`]
}
