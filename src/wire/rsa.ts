import { isUtf8 } from 'node:buffer'
import {
  constants,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
  sign,
  verify,
  X509Certificate,
  type KeyObject,
  privateDecrypt,
} from 'node:crypto'
import { promisify } from 'node:util'

const smallestModulusBits = 2048
const signInThreadPool = promisify(sign)
const verifyInThreadPool = promisify<string, Uint8Array, KeyObject, Uint8Array, boolean>(verify)

/**
 * Signs with SHA256withRSA (PKCS#1 v1.5), in Base64. It costs about 0.2 ms of a core, so it runs in the thread pool and
 * leaves the event loop free.
 */
export async function signRsaSha256(text: string | Uint8Array, privateKey: KeyObject): Promise<string> {
  const signature = await signInThreadPool('sha256', toBytes(text), privateKey)
  return signature.toString('base64')
}

/**
 * Checks SHA256withRSA (PKCS#1 v1.5). Whatever the signature looks like, the answer is true or false: only the one
 * standard Base64 text of the right bytes is true, not its variants with line breaks, URL letters or missing padding.
 * In the thread pool, too: it is the dearest single step of taking a request.
 */
export async function verifyRsaSha256(
  text: string | Uint8Array,
  signatureBase64: string,
  publicKey: KeyObject,
): Promise<boolean> {
  const signature = decodeSignature(signatureBase64)
  return signature !== undefined && verifyInThreadPool('sha256', toBytes(text), publicKey, signature)
}

/** As verifyRsaSha256, but here and now: for whoever has to answer at once. It takes about 0.05 ms of the event loop. */
export function isRsaSha256(text: string | Uint8Array, signatureBase64: string, publicKey: KeyObject): boolean {
  const signature = decodeSignature(signatureBase64)
  return signature !== undefined && verify('sha256', toBytes(text), publicKey, signature)
}

function decodeSignature(base64: string): Buffer | undefined {
  const signature = Buffer.from(base64, 'base64')
  return signature.toString('base64') === base64 ? signature : undefined
}

/**
 * Encrypts a short text (at most 245 bytes of UTF-8 with 2048 bits) to a public key, in Base64. RSA with the padding of
 * PKCS#1 v1.5, which is what Java means by "RSA"; the same text is never encrypted to the same twice.
 */
export const encryptRsa = (text: string, publicKey: KeyObject): string =>
  publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64')

/** Reads a private key: PEM (PKCS#8 or PKCS#1) or bare Base64 of PKCS#8. Throws an Error that says what to do. */
export function parsePrivateKey(pem: string): KeyObject {
  if (pem.includes('ENCRYPTED')) throw new Error('The private key has a passphrase: remove it with "openssl pkey".')
  const der = decodeBareBase64(pem)
  const key = firstThatWorks([
    () => createPrivateKey(der === undefined ? pem : { key: der, format: 'der', type: 'pkcs8' }),
  ])
  if (key === undefined) throw new Error('This is no private key: give a PKCS#8 PEM ("-----BEGIN PRIVATE KEY-----").')
  return requireStrongRsa(key)
}

/**
 * Reads a public key: PEM (SPKI or PKCS#1), the key in an X.509 certificate (PEM), or bare Base64 of either's DER.
 * A certificate's dates and issuer are not looked at: partners pin the key that they were handed. A private key is
 * refused, although the public one could be had from it: it was pasted by mistake. Throws an Error that says what to do.
 */
export function parsePublicKey(pemOrCertificatePem: string): KeyObject {
  const text = pemOrCertificatePem
  if (text.includes('PRIVATE KEY')) throw new Error('This is a private key: give its public key or certificate.')
  const der = decodeBareBase64(text)
  const key =
    der === undefined
      ? firstThatWorks([() => createPublicKey(text)])
      : firstThatWorks([
          () => createPublicKey({ key: der, format: 'der', type: 'spki' }),
          () => new X509Certificate(der).publicKey,
        ])
  if (key === undefined) {
    throw new Error('This is no public key: give an SPKI PEM ("-----BEGIN PUBLIC KEY-----") or an X.509 certificate.')
  }
  return requireStrongRsa(key)
}

function toBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text
}

/** Partners' manuals often show a key as one long Base64 text without the PEM lines around it. */
function decodeBareBase64(text: string): Buffer | undefined {
  const compact = text.replace(/\s/g, '')
  const bytes = Buffer.from(compact, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === compact ? bytes : undefined
}

/** OpenSSL tells "no key of this kind" by throwing, in words that help nobody. */
function firstThatWorks(attempts: ReadonlyArray<() => KeyObject>): KeyObject | undefined {
  for (const attempt of attempts) {
    try {
      return attempt()
    } catch {
      // The next attempt reads another format.
    }
  }
  return undefined
}

function requireStrongRsa(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') throw new Error(`RSA is needed, but this key is ${key.asymmetricKeyType}.`)
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < smallestModulusBits) {
    throw new Error(`RSA of at least ${smallestModulusBits} bits is needed, but this key has ${bits}.`)
  }
  return key
}

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
