import { constants, createHash, verify, type KeyObject } from 'node:crypto'
import { whaleText } from '../../wire/whale-signature.ts'
import { mistakes } from './mistakes.ts'
import { openSignature } from './rsa-signed.ts'
import { readSignature } from './signature-text.ts'
import type { WhaleFields } from './whale-fields.ts'
import { wrongWhaleTexts } from './wrong-whale.ts'

/**
 * Everything that is wrong with an envelope's signature; nothing where it holds. The signature is opened with the public
 * key, so that another key and another text are told apart, and the text is searched among what the classic mistakes
 * make of the fields.
 */
export function explainWhaleSignature(fields: WhaleFields, signature: string, publicKey: KeyObject): string[] {
  const { mistake, bytes } = readSignature(signature)
  const spelling = mistake === '' ? [] : [mistake]
  const signed = openSignature(bytes, publicKey)
  if (signed === undefined) return [...spelling, keyMistake(whaleText(fields), bytes, publicKey)]
  const { algorithm, digest } = signed
  if (algorithm === undefined) return [...spelling, mistakes.noDigestInfo]
  return [...spelling, ...algorithmMistakes(algorithm), ...textMistakes(fields, algorithm, digest)]
}

function keyMistake(text: string, bytes: Buffer, key: KeyObject): string {
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

function textMistakes(fields: WhaleFields, algorithm: string, digest: Buffer): string[] {
  const isSigned = (text: string | Uint8Array): boolean => createHash(algorithm).update(text).digest().equals(digest)
  if (isSigned(whaleText(fields))) return []
  return [wrongWhaleTexts(fields).find(({ text }) => isSigned(text))?.mistake ?? mistakes.otherText]
}
