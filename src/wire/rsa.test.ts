import * as fc from 'fast-check'
import { createPrivateKey, createPublicKey, generateKeyPairSync, constants, publicEncrypt } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { readVector, readVectorFile } from '../../test/vectors/read-vectors.ts'
import {
  isRsaSha256,
  parsePrivateKey,
  parsePublicKey,
  signRsaSha256,
  verifyRsaSha256,
  decryptRsa,
  publicKeyText,
} from './rsa.ts'

const privatePem = readVectorFile('test_rsa_private_pkcs8.pem')
const publicPem = readVectorFile('test_rsa_public.pem')
const privateKey = parsePrivateKey(privatePem)
const publicKey = parsePublicKey(publicPem)
const { stringToSign: text, signature = '' } = readVector('lkl-request-5line')

// The test key in a self-signed certificate that expired in 2020, which must not matter.
const certificatePem = readVectorFile('test_rsa_certificate.pem')
const pkcs8 = { type: 'pkcs8', format: 'pem' } as const
const withoutPemLines = (pem: string) => pem.replace(/-----[A-Z ]+-----/g, '')

describe('signRsaSha256', () => {
  test.each(['lkl-request-5line', 'lkl-notify-3line', 'rsa2-body-alipay-v1-dropEmpty'])('makes %s', async (id) => {
    const vector = readVector(id)
    expect(await signRsaSha256(vector.stringToSign, privateKey)).toBe(vector.signature)
    expect(await signRsaSha256(Buffer.from(vector.stringToSign), privateKey)).toBe(vector.signature)
  })

  it('signs the UTF-8 of a text', async () => {
    expect(await verifyRsaSha256(Buffer.from('券码🎫'), await signRsaSha256('券码🎫', privateKey), publicKey)).toBe(
      true,
    )
  })
})

describe('isRsaSha256', () => {
  it('is true for the one text of the right signature, and for nothing else', () => {
    expect(isRsaSha256(text, signature, publicKey)).toBe(true)
    expect(isRsaSha256(Buffer.from(text), signature, publicKey)).toBe(true)
    for (const other of ['', 'AAAA', `${signature}\n`, signature.replaceAll('=', '')]) {
      expect(isRsaSha256(text, other, publicKey)).toBe(false)
    }
    expect(isRsaSha256(`${text} `, signature, publicKey)).toBe(false)
  })
})

describe('verifyRsaSha256', () => {
  it('takes the signature of the text, given as text or as bytes', async () => {
    expect(await verifyRsaSha256(text, signature, publicKey)).toBe(true)
    expect(await verifyRsaSha256(Buffer.from(text), signature, publicKey)).toBe(true)
  })

  it('refuses another text, even by a space or a line end', async () => {
    for (const other of [`${text} `, text.trimEnd(), '', text.toUpperCase()]) {
      expect(await verifyRsaSha256(other, signature, publicKey)).toBe(false)
    }
  })

  it('refuses every other spelling of the same signature', async () => {
    const urlSpelling = signature.replaceAll('+', '-').replaceAll('/', '_')
    const spellings = [
      signature.replace(/=+$/, ''),
      `${signature}=`,
      ` ${signature}`,
      `${signature}\n`,
      `${signature.slice(0, 64)}\r\n${signature.slice(64)}`,
      urlSpelling,
      signature.replace(/.==$/, (tail) => `${tail.startsWith('g') ? 'h' : 'R'}==`),
      Buffer.from(signature, 'base64').toString('hex'),
    ]
    for (const spelling of spellings) expect(await verifyRsaSha256(text, spelling, publicKey)).toBe(false)
  })

  it('answers false to garbage and never throws', async () => {
    const garbage = ['', '=', 'AAAA', '券', '\u0000', '\ud800', 'A'.repeat(100_000), signature.slice(4)]
    for (const one of garbage) expect(await verifyRsaSha256(text, one, publicKey)).toBe(false)
    const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 256, maxLength: 256 }))
    await fc.assert(
      fc.asyncProperty(
        anyBytes,
        async (bytes) => !(await verifyRsaSha256(text, Buffer.from(bytes).toString('base64'), publicKey)),
      ),
    )
  })
})

describe('parsePublicKey', () => {
  test.each([
    ['SPKI PEM', publicPem],
    ['SPKI PEM with line ends of Windows', publicPem.replaceAll('\n', '\r\n')],
    ['PKCS#1 PEM', createPublicKey(publicPem).export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['certificate PEM', certificatePem],
    ['bare Base64', withoutPemLines(publicPem).replaceAll('\n', '')],
    ['bare Base64 in lines', withoutPemLines(publicPem)],
    ['bare Base64 of a certificate', withoutPemLines(certificatePem)],
  ])('reads %s', (_, given) => {
    expect(parsePublicKey(given).equals(publicKey)).toBe(true)
  })

  test.each([
    ['nothing', '', /no public key/],
    ['words', 'not a key', /no public key/],
    ['Base64 of something else', 'aGVsbG8gd29ybGQ=', /no public key/],
    ['half a PEM', publicPem.slice(0, 200), /no public key/],
    ['a private key', privatePem, /is a private key/],
    ['a bare private key', withoutPemLines(privatePem), /no public key/],
    ['1024 bits', spki('rsa', 1024), /at least 2048 bits .* has 1024/],
    ['an elliptic curve', spki('ec', 0), /RSA is needed, but this key is ec/],
  ])('refuses %s and says so', (_, given, message) => {
    expect(() => parsePublicKey(given)).toThrow(message)
  })
})

describe('parsePrivateKey', () => {
  test.each([
    ['PKCS#8 PEM', privatePem],
    ['PKCS#1 PEM', createPrivateKey(privatePem).export({ type: 'pkcs1', format: 'pem' }).toString()],
    ['bare Base64', withoutPemLines(privatePem)],
  ])('reads %s', (_, given) => {
    expect(parsePrivateKey(given).equals(privateKey)).toBe(true)
  })

  test.each([
    ['words', 'not a key', /no private key/],
    ['a public key', publicPem, /no private key/],
    ['a key with a passphrase', encryptedPem(), /has a passphrase/],
    ['1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(pkcs8).toString(), /has 1024/],
  ])('refuses %s and says so', (_, given, message) => {
    expect(() => parsePrivateKey(given)).toThrow(message)
  })
})

function spki(type: 'rsa' | 'ec', modulusLength: number): string {
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength })
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

function encryptedPem(): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }).toString()
}

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const code = Buffer.from('10116574123700278846')

const encrypt = (bytes: Uint8Array, padding = constants.RSA_PKCS1_PADDING): string =>
  publicEncrypt({ key: pair.publicKey, padding }, bytes).toString('base64')

const block = (start: number[]): Buffer => Buffer.concat([Buffer.from(start), Buffer.alloc(256 - start.length, 1)])

describe('decryptRsa', () => {
  it('reads what the public key encrypted, down to nothing and up to the most that fits', () => {
    expect(decryptRsa(encrypt(code), pair.privateKey)).toBe('10116574123700278846')
    expect(decryptRsa(encrypt(Buffer.alloc(0)), pair.privateKey)).toBe('')
    expect(decryptRsa(encrypt(Buffer.alloc(245, 'a')), pair.privateKey)).toBe('a'.repeat(245))
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
    expect(() => decryptRsa(given, pair.privateKey)).toThrow('no RSA ciphertext')
  })
})

it('publicKeyText is the public half, as Java reads it', () => {
  const der = Buffer.from(publicKeyText(privateKey), 'base64')
  expect(createPublicKey({ key: der, format: 'der', type: 'spki' }).equals(publicKey)).toBe(true)
})
