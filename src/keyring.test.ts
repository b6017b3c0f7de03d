import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createKeyring,
  type DataKey,
  type KeyPurpose,
  makeDataKey,
  makeMasterKey,
  parseMasterKey,
  unwrapKey,
  wrapKey,
} from './keyring.ts'

const dataKey = (id: number, purpose: KeyPurpose, byte = id): DataKey => ({ id, purpose, key: Buffer.alloc(32, byte) })
const basicKeys = [dataKey(1, 'encryption'), dataKey(2, 'hash'), dataKey(3, 'codes')]
const keyring = createKeyring(basicKeys)

describe('the master key', () => {
  test('is read from Base64 and from hexadecimal digits alike', () => {
    const bytes = makeDataKey()
    const texts = [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      ` ${bytes.toString('hex')}\n`,
    ]
    for (const text of texts) expect(parseMasterKey(text).export()).toEqual(bytes)
  })

  test('is made in the form in which it is read', () => {
    expect(parseMasterKey(makeMasterKey()).symmetricKeySize).toBe(32)
    expect(makeMasterKey()).not.toBe(makeMasterKey())
  })

  test('of another size is refused with words that say how to make one and do not repeat it', () => {
    for (const text of ['', 'correct horse battery staple', 'ab'.repeat(31), Buffer.alloc(31).toString('base64')]) {
      expect(() => parseMasterKey(text)).toThrow('openssl rand -base64 32')
    }
    expect(() => parseMasterKey('hunter2')).not.toThrow('hunter2')
  })

  test('shows nothing of itself to an inspector or to JSON', () => {
    const text = 'ab'.repeat(32)
    const master = parseMasterKey(text)
    const shown = inspect(master, { depth: 9, showHidden: true }) + JSON.stringify({ master })
    expect(shown).not.toMatch(/abab|q6ur|171, ?171/)
  })
})

describe('a wrapped data key', () => {
  const master = parseMasterKey(makeMasterKey())
  const key = makeDataKey()
  const wrapped = wrapKey(master, 7, 'hash', key)

  test('is opened by the master key that wrapped it, and does not contain the key', () => {
    expect(unwrapKey(master, { id: 7, purpose: 'hash', wrapped })).toEqual(key)
    expect(wrapped.includes(key)).toBe(false)
  })

  test('tells of a wrong master key in words that an operator understands', () => {
    const another = parseMasterKey(makeMasterKey())
    const words = "QUANHUB_MASTER_KEY is not the key that this database's keys were wrapped with"
    expect(() => unwrapKey(another, { id: 7, purpose: 'hash', wrapped })).toThrow(words)
  })

  test('does not open in the row of another key or purpose, or cut short', () => {
    expect(() => unwrapKey(master, { id: 8, purpose: 'hash', wrapped })).toThrow('does not open')
    expect(() => unwrapKey(master, { id: 7, purpose: 'codes', wrapped })).toThrow('does not open')
    expect(() => unwrapKey(master, { id: 7, purpose: 'hash', wrapped: wrapped.subarray(0, 20) })).toThrow(
      'does not open',
    )
  })

  test('moves to a new master key and stays the same key', () => {
    const next = parseMasterKey(makeMasterKey())
    const again = wrapKey(next, 7, 'hash', unwrapKey(master, { id: 7, purpose: 'hash', wrapped }))
    expect(unwrapKey(next, { id: 7, purpose: 'hash', wrapped: again })).toEqual(key)
  })
})

describe('encryption', () => {
  test('gives every text back, and another ciphertext each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('7', 'a', '\0', 'é', '券', '😀') }), (text) => {
        const cipher = keyring.encrypt(text)
        expect(keyring.decrypt(cipher)).toBe(text)
        expect(keyring.encrypt(text)).not.toEqual(cipher)
      }),
    )
  })

  test('lays out key id, nonce, ciphertext and tag', () => {
    const cipher = createKeyring([dataKey(0x1234, 'encryption', 1), ...basicKeys.slice(1)]).encrypt('13800001234')
    expect(cipher.subarray(0, 2).toString('hex')).toBe('1234')
    expect(cipher).toHaveLength(2 + 12 + 11 + 16)
  })

  test('uses the current key and still reads what older keys wrote', () => {
    const old = keyring.encrypt('written long ago')
    const rotated = createKeyring([...basicKeys, { ...dataKey(9, 'encryption'), isCurrent: true }])
    expect(rotated.decrypt(old)).toBe('written long ago')
    expect(rotated.encrypt('new').readUInt16BE()).toBe(9)
    expect(() => keyring.decrypt(rotated.encrypt('new'))).toThrow('key 9')
  })

  test('notices any changed byte', () => {
    const cipher = keyring.encrypt('oJRtK5examPleOpenId')
    for (let index = 0; index < cipher.length; index++) {
      const changed = Buffer.from(cipher)
      changed[index]! ^= 1
      expect(() => keyring.decrypt(changed)).toThrow('This was encrypted with key')
    }
    for (const length of [0, 1, 2, 29]) expect(() => keyring.decrypt(cipher.subarray(0, length))).toThrow('This ')
  })
})

describe('hashes', () => {
  test('are the same for the same kind and text and differ for any other', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{0,3}$/), fc.string()), { selector: String }),
        (pairs) => {
          const hashes = pairs.map(([kind, text]) => keyring.hash(kind, text).toString('hex'))
          expect(hashes).toEqual(pairs.map(([kind, text]) => keyring.hash(kind, text).toString('hex')))
          const different = new Set(pairs.map(([kind, text]) => `${kind}\0${text}`))
          expect(new Set(hashes).size).toBe(different.size)
        },
      ),
    )
  })

  test('have 32 bytes, and depend on the key', () => {
    const another = createKeyring([basicKeys[0]!, dataKey(2, 'hash', 99), basicKeys[2]!])
    expect(keyring.hash('mobile', '13800001234')).toHaveLength(32)
    expect(another.hash('mobile', '13800001234')).not.toEqual(keyring.hash('mobile', '13800001234'))
  })

  test('never change between releases, for stored ones are searched for', () => {
    // Both from openssl dgst -sha256 -mac HMAC, of "mobile", NUL and the digits, and of "quanhub code space 5".
    expect(keyring.hash('mobile', '13800001234').toString('hex')).toBe(
      '46155477e77d18bc9a8765dd947366331aeec7905fee08f609844103c0e0930d',
    )
    expect(keyring.codesKey(5).toString('hex')).toBe('fd20b6170faffbc2fdbfb62a261e9a305b5b88ccec12ef4f0f4188663449d406')
  })

  test('of a kind that could be mistaken for another are refused', () => {
    expect(() => keyring.hash('mob\0ile', '1')).toThrow('NUL')
  })
})

test('each code space has a key of its own', () => {
  const keys = [0, 1, 2, 10, 256].map((spaceId) => keyring.codesKey(spaceId).toString('hex'))
  expect(new Set(keys).size).toBe(keys.length)
  expect(keyring.codesKey(1)).toHaveLength(32)
  expect(() => keyring.codesKey(1.5)).toThrow('integer')
})

test('a keyring is refused that lacks a key, or has two where there can be one', () => {
  const [encryption, hash, codes] = basicKeys as [DataKey, DataKey, DataKey]
  expect(() => createKeyring([encryption, hash])).toThrow("exactly one key for the purpose 'codes', not 0")
  expect(() => createKeyring([encryption, hash, codes, dataKey(9, 'hash')])).toThrow("purpose 'hash', not 2")
  expect(() => createKeyring([hash, codes])).toThrow('Exactly one encryption key must be current')
  expect(() => createKeyring([encryption, dataKey(9, 'encryption'), hash, codes])).toThrow('of 2 there are 0')
  expect(() => createKeyring([encryption, { ...encryption, isCurrent: true }, hash, codes])).toThrow('same id')
  expect(() => createKeyring([dataKey(65_536, 'encryption', 1), hash, codes])).toThrow('0 to 65535')
  expect(() => createKeyring([{ ...encryption, key: Buffer.alloc(16) }, hash, codes])).toThrow('32 bytes')
})
