import * as fc from 'fast-check'
import { createSecretKey } from 'node:crypto'
import { gcm } from '@noble/ciphers/aes.js'
import { describe, expect, it, test } from 'vitest'
import { decryptTripleDes, encryptTripleDes, parseTripleDesKey, openAesGcm } from './ciphers.ts'

const key = parseTripleDesKey('0123456789abcdef01234567')
const textKey = (text: string): string => parseTripleDesKey(text).export().toString('hex')

describe('parseTripleDesKey', () => {
  const bytes = Buffer.from('key-of-24-bytes-in-text!')

  test.each([
    ['24 characters', bytes.toString('utf8'), bytes.toString('hex')],
    ['48 hexadecimal digits', bytes.toString('hex').toUpperCase(), bytes.toString('hex')],
    ['Base64 of 24 bytes', Buffer.alloc(24, 251).toString('base64'), 'fb'.repeat(24)],
    ['characters of several bytes', '券码券码券码券码', Buffer.from('券码券码券码券码').toString('hex')],
  ])('reads %s', (_, given, hex) => {
    expect(textKey(given)).toBe(hex)
  })

  it('takes the first of two keys for the third as well', () => {
    const [k1, k2] = ['11'.repeat(8), 'e2'.repeat(8)]
    expect(textKey(k1 + k2)).toBe(k1 + k2 + k1)
    expect(textKey(Buffer.from(k1 + k2, 'hex').toString('base64'))).toBe(k1 + k2 + k1)
    expect(textKey('sixteen letters!')).toBe(Buffer.from('sixteen letters!sixteen ').toString('hex'))
  })

  test.each([
    ['nothing', ''],
    ['a key of DES', '12345678'],
    ['23 characters', 'a'.repeat(23)],
    ['31 hexadecimal digits', 'a'.repeat(31)],
    ['Base64 of 20 bytes', Buffer.alloc(20, 1).toString('base64')],
  ])('refuses %s, and says what a key looks like', (_, given) => {
    expect(() => parseTripleDesKey(given)).toThrow('16 or 24 characters, 32 or 48 hexadecimal digits')
  })
})

describe('3DES', () => {
  it('is the cipher of NIST SP 800-67, appendix B, with a block of padding behind', () => {
    const nist = parseTripleDesKey('0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123')
    const made = Buffer.from(encryptTripleDes('The qufck brown fox jump', nist), 'base64').toString('hex')
    // The last block is what `openssl enc -des-ede3` puts behind.
    expect(made).toBe('a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900832846b52f9e213d')
  })

  it('gives every text back', () => {
    const texts = fc.array(fc.constantFrom('a', '\0', '券', '🎫', '\n')).map((letters) => letters.join(''))
    fc.assert(fc.property(texts, (text) => decryptTripleDes(encryptTripleDes(text, key), key) === text))
  })

  test.each([
    ['nothing', ''],
    ['words', 'no ciphertext'],
    ['half a block', Buffer.alloc(12).toString('base64')],
    ['Base64 with a line end', `${encryptTripleDes('10116574123700278846', key)}\n`],
  ])('refuses %s', (_, given) => {
    expect(() => decryptTripleDes(given, key)).toThrow('This is no 3DES ciphertext')
  })

  it('refuses what another key has made', () => {
    const made = encryptTripleDes('10116574123700278846', key)
    expect(() => decryptTripleDes(made, parseTripleDesKey('another key of 24 bytes!'))).toThrow(
      'not made with this key',
    )
  })
})

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, test case 16.
const published = {
  key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
  text: hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ),
  associatedData: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  nonce: hex('cafebabefacedbaddecaf888'),
  sealed: hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
  ),
}
const aesKey = createSecretKey(published.key)
const bytes = (length?: number) => fc.uint8Array(length === undefined ? {} : { minLength: length, maxLength: length })

describe('openAesGcm', () => {
  it('opens what the inventors of GCM published', () => {
    expect(openAesGcm(published, aesKey)).toEqual(published.text)
  })

  it('opens what another implementation sealed, with associated data and without', () => {
    fc.assert(
      fc.property(bytes(32), bytes(12), bytes(), bytes(), (secret, nonce, associatedData, text) => {
        const sealed = gcm(secret, nonce, associatedData).encrypt(text)
        expect(openAesGcm({ sealed, nonce, associatedData }, createSecretKey(secret))).toEqual(Buffer.from(text))
      }),
    )
  })

  it('opens nothing of which one bit was changed, in the text, the tag, the nonce or the associated data', () => {
    const parts = fc.constantFrom('sealed' as const, 'nonce' as const, 'associatedData' as const)
    fc.assert(
      fc.property(parts, fc.nat(), (part, at) => {
        const changed = Buffer.from(published[part])
        const bit = at % (changed.length * 8)
        changed[bit >> 3]! ^= 1 << (bit & 7)
        expect(openAesGcm({ ...published, [part]: changed }, aesKey)).toBeUndefined()
      }),
    )
  })

  it('opens nothing with another key, a shorter tag or a nonce of another length', () => {
    expect(openAesGcm(published, createSecretKey(Buffer.alloc(32)))).toBeUndefined()
    for (let length = 0; length < published.sealed.length; length += 1) {
      expect(openAesGcm({ ...published, sealed: published.sealed.subarray(0, length) }, aesKey)).toBeUndefined()
    }
    for (const nonce of [Buffer.alloc(0), Buffer.alloc(11), Buffer.alloc(13), Buffer.alloc(16)]) {
      expect(openAesGcm({ ...published, nonce }, aesKey)).toBeUndefined()
    }
  })
})
