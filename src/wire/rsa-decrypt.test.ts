import { constants, createPublicKey, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { decryptRsa, publicKeyText } from './rsa-decrypt.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const code = Buffer.from('10116574123700278846')

const encrypt = (bytes: Uint8Array, padding = constants.RSA_PKCS1_PADDING): string =>
  publicEncrypt({ key: publicKey, padding }, bytes).toString('base64')

const block = (start: number[]): Buffer => Buffer.concat([Buffer.from(start), Buffer.alloc(256 - start.length, 1)])

describe('decryptRsa', () => {
  it('reads what the public key encrypted, down to nothing and up to the most that fits', () => {
    expect(decryptRsa(encrypt(code), privateKey)).toBe('10116574123700278846')
    expect(decryptRsa(encrypt(Buffer.alloc(0)), privateKey)).toBe('')
    expect(decryptRsa(encrypt(Buffer.alloc(245, 'a')), privateKey)).toBe('a'.repeat(245))
  })

  test.each([
    ['nothing', ''],
    ['words', 'no ciphertext'],
    ['other bytes of the same length', Buffer.alloc(256, 7).toString('base64')],
    ['a number above the modulus', Buffer.alloc(256, 255).toString('base64')],
    ['too few bytes', Buffer.alloc(255, 7).toString('base64')],
    ['Base64 with a line end', `${encrypt(code)}\n`],
    ['another padding', encrypt(code, constants.RSA_PKCS1_OAEP_PADDING)],
    ['no padding', encrypt(block([0, 1]), constants.RSA_NO_PADDING)],
    ['a padding without end', encrypt(block([0, 2]), constants.RSA_NO_PADDING)],
    ['a padding of seven bytes', encrypt(block([0, 2, 1, 1, 1, 1, 1, 1, 1, 0]), constants.RSA_NO_PADDING)],
    ['bytes that are no UTF-8', encrypt(Buffer.from([0xff, 0xfe]))],
  ])('refuses %s', (_, given) => {
    expect(() => decryptRsa(given, privateKey)).toThrow('no RSA ciphertext')
  })
})

it('publicKeyText is the public half, as Java reads it', () => {
  const der = Buffer.from(publicKeyText(privateKey), 'base64')
  expect(createPublicKey({ key: der, format: 'der', type: 'spki' }).equals(publicKey)).toBe(true)
})
