import { describe, expect, it, test } from 'vitest'
import { readVector, readVectorFile } from '../../test/vectors/read-vectors.ts'
import { isRsaSha256, parsePublicKey } from './rsa.ts'
import {
  formatWechatPayAuthorization,
  isWechatPayTimely,
  readWechatPaySignature,
  wechatPayMessageText,
  wechatPayRequestText,
} from './wechat-pay-signature.ts'

const asked = readVector('wechatpay-request-5line')
const told = readVector('wechatpay-message-3line')
const publicKey = parsePublicKey(readVectorFile('test_rsa_public.pem'))

const request = {
  method: 'POST',
  target: '/v3/marketing/favor/users/oKL-mwRzR-SBfI4QDAI1QXOpkyc8/coupons',
  timestamp: '1554208460',
  nonce: '593BEC0C930BF1AFEB40B4A08C8FB242',
  body: asked.body ?? '',
}
const headers = {
  'wechatpay-timestamp': '1554209980',
  'wechatpay-nonce': 'c5ac7061fccab6bf3e254dcf98995b8c',
  'wechatpay-serial': 'PUB_KEY_ID_0114232134912410000000000000',
  'wechatpay-signature': told.signature ?? '',
}
const body = Buffer.from(told.body ?? '')

describe('the text of a request', () => {
  it('is the five lines that were signed apart from this code', () => {
    expect(wechatPayRequestText(request)).toBe(asked.stringToSign)
    expect(isRsaSha256(wechatPayRequestText(request), asked.signature ?? '', publicKey)).toBe(true)
  })

  it('keeps the last line of a GET, which is empty', () => {
    const target = '/v3/marketing/favor/stocks/9856888?stock_creator_mchid=123456'
    expect(wechatPayRequestText({ ...request, method: 'GET', target, body: '' })).toBe(
      `GET\n${target}\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n`,
    )
  })

  it('goes with a header that names the scheme, the merchant, its key and what was signed', () => {
    const signature = asked.signature ?? ''
    const header = formatWechatPayAuthorization({ mchid: '1900009191', serialNo: '1DDE55AD98ED', signature }, request)
    const [, scheme, rest = ''] = /^(\S+) (.*)$/.exec(header) ?? []
    expect(scheme).toBe('WECHATPAY2-SHA256-RSA2048')
    expect(
      Object.fromEntries([...rest.matchAll(/([a-z_]+)="([^"]*)"(?:,|$)/g)].map(([, name, value]) => [name, value])),
    ).toEqual({
      mchid: '1900009191',
      serial_no: '1DDE55AD98ED',
      timestamp: '1554208460',
      nonce_str: '593BEC0C930BF1AFEB40B4A08C8FB242',
      signature,
    })
  })
})

describe('the text of a message', () => {
  it('is the three lines that were signed apart from this code', () => {
    const given = readWechatPaySignature(headers) ?? expect.unreachable()
    expect(Buffer.from(wechatPayMessageText(given, body)).toString()).toBe(told.stringToSign)
    expect(isRsaSha256(wechatPayMessageText(given, body), given.signature, publicKey)).toBe(true)
  })

  it('is not believed for another body, time, nonce or signature', () => {
    const given = readWechatPaySignature(headers) ?? expect.unreachable()
    const isBelieved = (changed: Partial<typeof given>, bytes: Uint8Array = body): boolean =>
      isRsaSha256(
        wechatPayMessageText({ ...given, ...changed }, bytes),
        changed.signature ?? given.signature,
        publicKey,
      )
    expect(isBelieved({}, Buffer.from(`${told.body} `))).toBe(false)
    expect(isBelieved({ timestamp: '1554209981' })).toBe(false)
    expect(isBelieved({ nonce: 'c5ac7061fccab6bf3e254dcf98995b8d' })).toBe(false)
    expect(isBelieved({ signature: `${given.signature}=` })).toBe(false)
    expect(isBelieved({ signature: asked.signature ?? '' })).toBe(false)
  })

  test.each([
    ['no time stamp', { 'wechatpay-timestamp': undefined }],
    ['a time stamp in words', { 'wechatpay-timestamp': 'now' }],
    ['a time stamp with a fraction', { 'wechatpay-timestamp': '1554209980.5' }],
    ['no nonce', { 'wechatpay-nonce': undefined }],
    ['an empty nonce', { 'wechatpay-nonce': '' }],
    ['a nonce of two lines', { 'wechatpay-nonce': 'a\nb' }],
    ['no serial', { 'wechatpay-serial': undefined }],
    ['no signature', { 'wechatpay-signature': undefined }],
    [
      'the signature with which WeChat Pay tries whether signatures are checked',
      { 'wechatpay-signature': 'WECHATPAY/SIGNTEST/a b' },
    ],
  ])('is not looked for where the headers have %s', (_, changed) => {
    expect(readWechatPaySignature({ ...headers, ...changed })).toBeUndefined()
  })
})

it('a time stamp is believed for five minutes, behind and ahead', () => {
  const at = (seconds: number): Date => new Date((1554209980 + seconds) * 1000)
  expect([-301, -300, 0, 300, 301].map((seconds) => isWechatPayTimely('1554209980', at(seconds)))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
})
