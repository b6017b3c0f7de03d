import { describe, expect, it } from 'vitest'
import { isShoubeiSignatureValid, signShoubei, stringToSign } from './shoubei-signature.ts'

// A published pair of input and output: showdoc.com.cn/cpayapi, page 9852740282779660.
const publishedKey = '8a9bd64e6585c6d8016585c6c8980002'
const published = {
  inst_no: '900024',
  mch_no: '851811130002',
  pay_type: '400',
  pay_trace_no: '18588dbd1c6e4572b915a2b33fcdc62e',
  pay_time: '20190101125959',
  auth_code: '134573607383541818',
  total_amount: 1,
}

describe('Shoubei’s signature', () => {
  it('gives the published digest', () => {
    expect(stringToSign(published, publishedKey)).toBe(
      'auth_code=134573607383541818&inst_no=900024&mch_no=851811130002&pay_time=20190101125959&pay_trace_no=18588dbd1c6e4572b915a2b33fcdc62e&pay_type=400&total_amount=1&key=8a9bd64e6585c6d8016585c6c8980002',
    )
    expect(signShoubei(published, publishedKey)).toBe('841387ec9bd3ea78a580bd4629cab010')
  })

  it('keeps empty strings, leaves null and sign out, and puts capitals first', () => {
    expect(stringToSign({ b: '', a: null, B: '核销', sign: 'x' }, 'k')).toBe('B=核销&b=&key=k')
  })

  it('holds for an answer as signed, and not once a value, the key or the letter case changes', () => {
    const unsigned = { return_code: 'SUCCESS', return_msg: '操作成功', order_no: null }
    const sign = signShoubei(unsigned, 'k')
    expect(isShoubeiSignatureValid({ ...unsigned, sign }, 'k')).toBe(true)
    expect(isShoubeiSignatureValid({ ...unsigned, order_no: '', sign }, 'k')).toBe(false)
    expect(isShoubeiSignatureValid({ ...unsigned, sign }, 'other')).toBe(false)
    expect(isShoubeiSignatureValid({ ...unsigned, sign: sign.toUpperCase() }, 'k')).toBe(false)
    expect(isShoubeiSignatureValid(unsigned, 'k')).toBe(false)
  })

  it('does not hold for an answer with a number in it, however signed', () => {
    const unsigned = { return_code: 'SUCCESS', amount: 3000 }
    expect(isShoubeiSignatureValid({ ...unsigned, sign: signShoubei(unsigned, 'k') }, 'k')).toBe(false)
  })
})
