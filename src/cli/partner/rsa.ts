import { constants, createHash, verify, type KeyObject, publicDecrypt } from 'node:crypto'
import { mistakes } from './mistakes.ts'

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

/** What stands in an RSA signature (PKCS#1 v1.5): a digest and the name of what made it. */
type Signed = { algorithm: string | undefined; digest: Buffer }

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
function openSignature(signature: Uint8Array, key: KeyObject): Signed | undefined {
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

/** The bytes of a signature in whatever spelling, and what is wrong with that; an empty text where nothing is. */
function readSignature(signature: string): { mistake: string; bytes: Buffer } {
  if (/^(?:[0-9a-fA-F]{2}){128,512}$/.test(signature)) {
    return { mistake: mistakes.hexadecimal, bytes: Buffer.from(signature, 'hex') }
  }
  const bytes = Buffer.from(signature.replaceAll(' ', '+'), 'base64')
  return { mistake: spellingMistake(signature, bytes), bytes }
}

function spellingMistake(signature: string, bytes: Buffer): string {
  if (/[-_]/.test(signature)) return mistakes.urlBase64
  if (/[\r\n]/.test(signature)) return mistakes.signatureInLines
  if (signature.includes(' ')) return mistakes.plusLost
  return bytes.toString('base64') === signature ? '' : mistakes.noBase64
}
