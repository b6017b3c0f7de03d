import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readVectorFile } from '../test/vectors/read-vectors.ts'
import { isEnvelopeSignatureValid, openEnvelope, sealEnvelope, stringToSign } from './whale-signature.ts'

// Put together in a shell and signed by `openssl dgst -sha256` with the key pair of the vectors, apart from this code.
const vectorKey = createPublicKey(readVectorFile('test_rsa_public.pem'))
const published = {
  sign: 'ohueM1rNEYr2E4L+6x9oaMPm+Fb2yqIg4BlEyltyU0qbhc3kDmW9dm0tzQlwVqUnHcfVgrZyM8J4NMM9AaglhZjCME1nAHfhkM/WBzA3D3P4w99ONrgAkdMBUGfFPcPlqA+2xuQScnMV1mVBKWCyzRSQBTVFhROESlMU1vPsy3bBRwc5hQPenK2UPvVWJP9+Lc7nffpJlUnQWjB4EEJm/zM9D3xdmVpkR26tefT2ivXTi5BAh1wxGL820pB/QGBUdHPM0ff8cOPy+OwfCvVJjnUukHgJL1FzgWZ9uope/OAPr36qEQY0yrn4Hpt2v6RC9/AwRCTDOPVh0QRzJGa2Pw==',
  version: '4.0',
  timestamp: '1483372334',
  action: 'MakeQuery',
  app_id: '2014072300007148',
  biz_content:
    'eyJzYWxlQ2hhbm5lbElkIjoiMTAwMDI0MDEiLCJvcmlnaW5hbENoYW5uZWxPcmRlcklkIjoiMjAxODEwMjQxNTQyMDEiLCJyZW1hcmsiOiLmmJ/lt7TlhYszMOWFgyJ9',
}
const biz = { saleChannelId: '10002401', originalChannelOrderId: '20181024154201', remark: '星巴克30元' }

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const message = { action: 'MakeQuery', appId: 'A1', timestamp: '1483372334', version: '4.0', biz }
const sealed = sealEnvelope(message, keys.privateKey)

describe('an envelope', () => {
  it('is opened and believed as it was signed elsewhere', () => {
    expect(openEnvelope(published, vectorKey)).toEqual({ envelope: published, biz, isSignatureValid: true })
  })

  it('has the six fields of the wire, the business object in Base64', () => {
    const { sign: _sign, ...fields } = sealed
    const { sign: _publishedSign, ...expected } = published
    expect(fields).toEqual({ ...expected, app_id: 'A1' })
    expect(openEnvelope(sealed, keys.publicKey)).toMatchObject({ biz, isSignatureValid: true })
  })

  it('is signed by the same rule whether its time stamp is a number or a string', () => {
    expect(isEnvelopeSignatureValid({ ...published, timestamp: 1483372334 }, vectorKey)).toBe(true)
  })

  it('is not believed with another value, another field or another key', () => {
    for (const name of Object.keys(published)) {
      expect(isEnvelopeSignatureValid({ ...published, [name]: 'x' }, vectorKey)).toBe(false)
      expect(isEnvelopeSignatureValid({ ...published, [name]: null }, vectorKey)).toBe(false)
    }
    expect(isEnvelopeSignatureValid({ ...published, more: '' }, vectorKey)).toBe(false)
    expect(isEnvelopeSignatureValid(published, keys.publicKey)).toBe(false)
  })

  it('has no business object where its content is no Base64 of a JSON object', () => {
    const contents = [
      'e30',
      'W10=',
      Buffer.from('{').toString('base64'),
      Buffer.from([0x22, 0xff, 0x22]).toString('base64'),
      1,
    ]
    for (const content of contents) expect(openEnvelope({ biz_content: content }, vectorKey).biz).toBeUndefined()
    expect(openEnvelope({ biz_content: 'e30=' }, vectorKey).biz).toEqual({})
  })

  it('need not be one at all', () => {
    for (const body of [null, 'text', [published]])
      expect(openEnvelope(body, vectorKey)).toEqual({ envelope: undefined, biz: undefined, isSignatureValid: false })
  })
})

describe('the string that is signed', () => {
  it('keeps empty strings, leaves null and sign out, and puts capitals first', () => {
    expect(stringToSign({ b: '', a: null, B: '核销', sign: 'x', c: 1 })).toBe('B=核销&b=&c=1')
  })
})
