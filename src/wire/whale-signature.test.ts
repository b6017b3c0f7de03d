import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readVectorFile } from '../../test/vectors/read-vectors.ts'
import { parsePublicKey, verifyRsaSha256 } from './rsa.ts'
import { decodeBizContent, encodeBizContent, whaleText } from './whale-signature.ts'

// Put together in a shell and signed by `openssl dgst -sha256` with the key pair of the vectors, apart from this code.
const json = '{"saleChannelId":"10002401","originalChannelOrderId":"20181024154201","remark":"星巴克30元"}'
const bizContent =
  'eyJzYWxlQ2hhbm5lbElkIjoiMTAwMDI0MDEiLCJvcmlnaW5hbENoYW5uZWxPcmRlcklkIjoiMjAxODEwMjQxNTQyMDEiLCJyZW1hcmsiOiLmmJ/lt7TlhYszMOWFgyJ9'
const sign =
  'ohueM1rNEYr2E4L+6x9oaMPm+Fb2yqIg4BlEyltyU0qbhc3kDmW9dm0tzQlwVqUnHcfVgrZyM8J4NMM9AaglhZjCME1nAHfhkM/WBzA3D3P4w99ONrgAkdMBUGfFPcPlqA+2xuQScnMV1mVBKWCyzRSQBTVFhROESlMU1vPsy3bBRwc5hQPenK2UPvVWJP9+Lc7nffpJlUnQWjB4EEJm/zM9D3xdmVpkR26tefT2ivXTi5BAh1wxGL820pB/QGBUdHPM0ff8cOPy+OwfCvVJjnUukHgJL1FzgWZ9uope/OAPr36qEQY0yrn4Hpt2v6RC9/AwRCTDOPVh0QRzJGa2Pw=='
const envelope = {
  version: '4.0',
  timestamp: '1483372334',
  biz_content: bizContent,
  app_id: '2014072300007148',
  action: 'MakeQuery',
  sign,
}

describe('whaleText', () => {
  it('is what the partner signed', async () => {
    expect(whaleText(envelope)).toBe(
      `action=MakeQuery&app_id=2014072300007148&biz_content=${bizContent}&timestamp=1483372334&version=4.0`,
    )
    const publicKey = parsePublicKey(readVectorFile('test_rsa_public.pem'))
    expect(await verifyRsaSha256(whaleText(envelope), sign, publicKey)).toBe(true)
    expect(await verifyRsaSha256(whaleText({ ...envelope, version: '4.1' }), sign, publicKey)).toBe(false)
  })

  test.each([
    ['leaves null and absent fields out', { b: null, c: undefined, a: '1' }, 'a=1'],
    ['keeps empty strings', { b: '', a: '1' }, 'a=1&b='],
    ['takes fields that it does not know', { app_id: '1', Z: '2', _: '3' }, 'Z=2&_=3&app_id=1'],
    ['leaves the sign out, but not what is only called alike', { sign: 'x', sign_type: 'y' }, 'sign_type=y'],
    ['leaves values raw', { a: '+/=&%20 券' }, 'a=+/=&%20 券'],
  ])('%s', (_, fields, text) => {
    expect(whaleText(fields)).toBe(text)
  })
})

describe('biz_content', () => {
  it('is the Base64 of the JSON in UTF-8', () => {
    expect(encodeBizContent(json)).toBe(bizContent)
    expect(Buffer.from(decodeBizContent(bizContent) ?? []).toString()).toBe(json)
  })

  it('gives back every text that was put in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(Buffer.from(decodeBizContent(encodeBizContent(text)) ?? []).toString()).toBe(text)
      }),
    )
  })

  test.each([
    ['no padding', 'e30'],
    ['too much padding', 'e30=='],
    ['padding within', 'e30=e30='],
    ['URL letters', 'Pz8_'],
    ['a line break', 'eyJh\nIjoxfQ=='],
    ['a space at the end', 'e30= '],
    ['bits left over', 'e31='],
    ['one character too many', 'e30=e'],
    ['the JSON itself', '{"a":1}'],
    ['letters that are not ASCII', '券码'],
  ])('is refused with %s', (_, text) => {
    expect(decodeBizContent(text)).toBeUndefined()
  })

  it('takes one spelling of the bytes and no other', () => {
    fc.assert(
      fc.property(fc.base64String(), fc.string({ maxLength: 3 }), (text, rest) => {
        const bytes = decodeBizContent(text + rest)
        expect(bytes === undefined || Buffer.from(bytes).toString('base64') === text + rest).toBe(true)
      }),
    )
  })
})
