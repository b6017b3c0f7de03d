import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { bytesToSign, isSignatureValid, signBytes } from './exchange-signature.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

// The string that the exchange system's own pages print.
const headers = {
  timestamp: '1628772138668',
  businessId: '754ea3e3a699404f9b82e8f881107f19',
  signType: 'SHA256-RSA',
  nonce: '24bc2c17-0fef-440e-ba32-385c47c6cfa4',
}
const body = '{"businessId":"754ea3e3a699404f9b82e8f881107f19","merchantId":"eb1bb305ca3940f8adf1d4e964555699"}'
const published =
  'businessId=754ea3e3a699404f9b82e8f881107f19&nonce=24bc2c17-0fef-440e-ba32-385c47c6cfa4' +
  `&signType=SHA256-RSA&timestamp=1628772138668${body}`

const lower = (given: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))

describe('a merchant’s signer', () => {
  it('makes the published string, and leaves out what is empty', () => {
    expect(bytesToSign({ ...headers, sign: 'x' }, body).toString()).toBe(published)
    const text = published.replace('&signType=SHA256-RSA', '')
    expect(bytesToSign({ ...headers, signType: '' }, Buffer.from(body)).toString()).toBe(text)
  })

  it('signs by MD5 in upper case, the key right behind the string', () => {
    const digest = createHash('md5').update(`${published}KEY`).digest('hex').toUpperCase()
    expect(signBytes(Buffer.from(published), 'MD5', { md5: 'KEY' })).toBe(digest)
  })

  it('says which key is missing', () => {
    expect(() => signBytes(Buffer.from(''), 'MD5', { rsa: privateKey })).toThrow('no key to sign by MD5')
    expect(() => signBytes(Buffer.from(''), 'SHA256-RSA', { md5: 'KEY' })).toThrow('no key to sign by SHA256-RSA')
  })
})

describe('a merchant’s verifier', () => {
  const keys = { rsa: publicKey, md5: 'KEY' }
  const signed = (signType: 'SHA256-RSA' | 'MD5') => {
    const sent = { ...headers, signType }
    return lower({ ...sent, sign: signBytes(bytesToSign(sent, body), signType, { rsa: privateKey, md5: 'KEY' }) })
  }

  it.each(['SHA256-RSA', 'MD5'] as const)('takes %s over headers and raw body, and nothing else', (signType) => {
    expect(isSignatureValid(signed(signType), Buffer.from(body), keys)).toBe(true)
    expect(isSignatureValid(signed(signType), Buffer.from(`${body} `), keys)).toBe(false)
    expect(isSignatureValid({ ...signed(signType), nonce: 'another' }, Buffer.from(body), keys)).toBe(false)
    expect(isSignatureValid({ ...signed(signType), sign: undefined }, Buffer.from(body), keys)).toBe(false)
    expect(isSignatureValid(signed(signType), Buffer.from(body), {})).toBe(false)
  })
})
