import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomFillSync,
} from 'node:crypto'

// Two layers of keys. The master key comes from the environment and only ever wraps; the data keys lie wrapped in the
// database and do the work. So a stolen dump is worth nothing without the environment, and a new master key means
// wrapping a handful of rows again instead of encrypting every order anew.

/** A KeyObject, not bytes: a log line, a JSON body or an inspector that meets it by accident prints no secret. */
export type MasterKey = KeyObject

export type KeyPurpose = 'encryption' | 'hash' | 'codes'

/** A data key as its row holds it. Id and purpose are authenticated: rows cannot be exchanged for one another. */
type WrappedKey = { id: number; purpose: KeyPurpose; wrapped: Uint8Array }

/** An unwrapped data key. `isCurrent` matters among several encryption keys: new texts are encrypted with that one. */
export type DataKey = { id: number; purpose: KeyPurpose; key: Buffer; isCurrent?: boolean }

export type Keyring = {
  /**
   * Encrypts with the current encryption key: key id (2 bytes), nonce (12), ciphertext, tag (16). The same text gives
   * another result each time; use `hash` to find it. Nonces are random: make a new key before 2^32 texts.
   */
  encrypt: (text: string) => Buffer
  /** Decrypts what any encryption key of this ring has encrypted; an Error when the key is gone or a byte was changed. */
  decrypt: (cipher: Uint8Array) => string
  /**
   * 32 bytes by which an encrypted text is found again. Each kind ('openid', 'mobile', 'code', 'card' …) is a domain of
   * its own: a mobile and a card of equal digits have unrelated hashes. Without the key nobody can try all mobiles.
   */
  hash: (kind: string, text: string) => Buffer
  /** The key of one code space, 32 bytes, the same for ever: the codes in people's hands were computed with it. */
  codesKey: (spaceId: number) => Buffer
}

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const keyIdBytes = 2
const largestKeyId = 0xffff

/** Reads a master key: 32 bytes as Base64 (44 characters) or as 64 hexadecimal digits. The Error never repeats the text. */
export function parseMasterKey(text: string): MasterKey {
  const trimmed = text.trim()
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return createSecretKey(Buffer.from(trimmed, 'hex'))
  if (/^[0-9a-z+/_-]{43}=?$/i.test(trimmed)) return createSecretKey(Buffer.from(trimmed, 'base64'))
  throw new Error(
    'QUANHUB_MASTER_KEY must be 32 random bytes, as Base64 or as 64 hexadecimal digits. Make one with: openssl rand -base64 32',
  )
}

/** A new master key, in the form that `parseMasterKey` reads (Base64). */
export const makeMasterKey = (): string => randomBytes(keyBytes).toString('base64')

/** A new data key, for any purpose. */
export const makeDataKey = (): Buffer => randomBytes(keyBytes)

/** The bytes to store for a data key: nonce (12), ciphertext (32), tag (16). */
export function wrapKey(master: MasterKey, id: number, purpose: KeyPurpose, key: Buffer): Buffer {
  requireDataKey({ id, purpose, key })
  return seal(master, nameOf({ id, purpose }), key)
}

/** The data key of a row; an Error when the master key is another one than the row was wrapped with. */
export function unwrapKey(master: MasterKey, row: WrappedKey): Buffer {
  const key = open(master, nameOf(row), row.wrapped)
  if (key !== undefined) return key
  throw new Error(
    "QUANHUB_MASTER_KEY is not the key that this database's keys were wrapped with " +
      `(${row.purpose} key ${row.id} does not open). Start with the master key that this database was set up with.`,
  )
}

/**
 * Makes the tools of everyday work out of the unwrapped data keys. There may be several encryption keys, one of them
 * current, but exactly one key for hashes and one for codes: those cannot be replaced, because stored hashes are
 * searched for, and printed codes redeemed, with the key that made them.
 */
export function createKeyring(keys: readonly DataKey[]): Keyring {
  keys.forEach(requireDataKey)
  const { encrypt, decrypt } = createTextCipher(keys.filter((key) => key.purpose === 'encryption'))
  const hashKey = onlyKey(keys, 'hash')
  const codesRoot = onlyKey(keys, 'codes')
  return {
    encrypt,
    decrypt,
    hash: (kind, text) => {
      if (kind.includes('\0')) throw new Error('A kind of hash contains no NUL: it ends the kind and begins the text.')
      return createHmac('sha256', hashKey).update(`${kind}\0${text}`).digest()
    },
    codesKey: (spaceId) => {
      if (!Number.isSafeInteger(spaceId)) throw new Error(`The id of a code space is an integer, not ${spaceId}.`)
      return createHmac('sha256', codesRoot).update(`quanhub code space ${spaceId}`).digest()
    },
  }
}

function createTextCipher(keys: readonly DataKey[]): Pick<Keyring, 'encrypt' | 'decrypt'> {
  const currentKey = currentOf(keys)
  const current = createSecretKey(currentKey.key)
  const currentHeader = headerOf(currentKey.id)
  const byId = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]))
  if (byId.size !== keys.length) throw new Error('Two encryption keys have the same id.')
  return {
    encrypt: (text) => Buffer.concat([currentHeader, seal(current, currentHeader, Buffer.from(text, 'utf8'))]),
    decrypt: (cipher) => {
      const { header, sealed } = splitHeader(cipher)
      const id = header.readUInt16BE()
      const key = byId.get(id)
      if (key === undefined)
        throw new Error(`This was encrypted with key ${id}, which is not among this database's keys.`)
      const text = open(key, header, sealed)
      if (text === undefined) throw new Error(`This was encrypted with key ${id} and has been changed since.`)
      return text.toString('utf8')
    },
  }
}

function headerOf(keyId: number): Buffer {
  const header = Buffer.alloc(keyIdBytes)
  header.writeUInt16BE(keyId)
  return header
}

function splitHeader(cipher: Uint8Array): { header: Buffer; sealed: Uint8Array } {
  if (cipher.length < keyIdBytes) throw new Error('This is too short to be an encrypted text.')
  return { header: Buffer.from(cipher.subarray(0, keyIdBytes)), sealed: cipher.subarray(keyIdBytes) }
}

function currentOf(keys: readonly DataKey[]): DataKey {
  const candidates = keys.length > 1 ? keys.filter((key) => key.isCurrent === true) : keys
  const [current, ...others] = candidates
  if (current !== undefined && others.length === 0) return current
  throw new Error(`Exactly one encryption key must be current; of ${keys.length} there are ${candidates.length}.`)
}

function onlyKey(keys: readonly DataKey[], purpose: KeyPurpose): KeyObject {
  const [only, ...others] = keys.filter((key) => key.purpose === purpose)
  if (only !== undefined && others.length === 0) return createSecretKey(only.key)
  throw new Error(`There must be exactly one key for the purpose '${purpose}', not ${others.length + (only ? 1 : 0)}.`)
}

function requireDataKey({ id, key }: DataKey): void {
  if (!Number.isInteger(id) || id < 0 || id > largestKeyId) {
    throw new Error(`The id of a data key is an integer from 0 to ${largestKeyId}, not ${id}.`)
  }
  if (key.length !== keyBytes) throw new Error(`Data key ${id} must have ${keyBytes} bytes, not ${key.length}.`)
}

const nameOf = (key: { id: number; purpose: KeyPurpose }): Buffer => Buffer.from(`${key.purpose} key ${key.id}`)

// Random bytes are drawn many at once: asking for twelve costs as much as asking for thousands.
const drawn = Buffer.alloc(nonceBytes * 512)
let drawnUntil = drawn.length

function drawNonce(): Buffer {
  if (drawnUntil === drawn.length) {
    randomFillSync(drawn)
    drawnUntil = 0
  }
  drawnUntil += nonceBytes
  return Buffer.from(drawn.subarray(drawnUntil - nonceBytes, drawnUntil))
}

function seal(key: KeyObject, associated: Buffer, plain: Buffer): Buffer {
  const nonce = drawNonce()
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(associated)
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function open(key: KeyObject, associated: Buffer, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined
  const nonce = sealed.subarray(0, nonceBytes)
  const tag = sealed.subarray(sealed.length - tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(associated).setAuthTag(tag)
  const plain = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes))
  try {
    // final() compares the tag, and throws an error that says nothing a caller could act on.
    return Buffer.concat([plain, decipher.final()])
  } catch {
    return undefined
  }
}
