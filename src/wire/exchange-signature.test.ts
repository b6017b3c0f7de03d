import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exchangeMd5Sign, exchangeSignText } from './exchange-signature.ts'

// The string that the exchange system's own pages print.
const published = {
  businessId: '754ea3e3a699404f9b82e8f881107f19',
  nonce: '24bc2c17-0fef-440e-ba32-385c47c6cfa4',
  signType: 'SHA256-RSA',
  timestamp: '1628772138668',
}
const body = '{"businessId":"754ea3e3a699404f9b82e8f881107f19","merchantId":"eb1bb305ca3940f8adf1d4e964555699"}'
const head =
  'businessId=754ea3e3a699404f9b82e8f881107f19&nonce=24bc2c17-0fef-440e-ba32-385c47c6cfa4' +
  '&signType=SHA256-RSA&timestamp=1628772138668'

describe('exchangeSignText', () => {
  it('makes the published string: sorted headers, and the body right behind them', () => {
    expect(exchangeSignText(published, body).toString()).toBe(head + body)
  })

  it('leaves signType out where it is not sent or empty', () => {
    const text = (head + body).replace('&signType=SHA256-RSA', '')
    expect(exchangeSignText({ ...published, signType: undefined }, body).toString()).toBe(text)
    expect(exchangeSignText({ ...published, signType: '' }, body).toString()).toBe(text)
  })

  it('ends with the very bytes of any body', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = exchangeSignText(published, bytes)
        expect(text.subarray(head.length).equals(bytes)).toBe(true)
      }),
    )
  })
})

describe('exchangeMd5Sign', () => {
  it('is the MD5 of the string and the key, in upper case', () => {
    const text = exchangeSignText({ ...published, signType: 'MD5' }, body)
    const whole = `${head.replace('SHA256-RSA', 'MD5')}${body}0123456789abcdef`
    expect(exchangeMd5Sign(text, '0123456789abcdef')).toBe(createHash('md5').update(whole).digest('hex').toUpperCase())
  })
})
