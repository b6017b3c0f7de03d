import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { decryptTripleDes, encryptTripleDes, parseTripleDesKey } from './triple-des.ts'

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
