import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  authorizeRequest,
  bodyStringToSign,
  isAnswerSignatureValid,
  isBodySignatureValid,
  isCallbackSignatureValid,
  linesToSign,
  makeNonce,
} from './lakala-signature.ts'

// Signed once with a key pair that exists for these vectors only; the strings follow from Lakala’s document and the published
// rule, not from the code under test.
const vectorKey = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqZLrXxwcJ6Hn/ZU2Dwwf
Z9kmA5J2+dimgHy7Z+LwOfX4jyYXFnJ75Jjs2g6Arsz9CWpIdGjerYV21aF/JXyT
CPWyrSqfF0HXPfVRcOhvCnEV2X/OZ4/io/kX96mceLqrSVWfQi9foUlV3/yK94e2
W4zoQZDtLzBZ+T2s1j3kjXvryj7OBHJSCRIHpfnICP/6M9WfCvEY/ppSuUI2LyIt
uJK61+Szkw1UQ+0tO4LrReSQDEaMlxItHYiUOpkqMdxv8hvltynJBz7ekNLe+yt9
+WYL4BUihejQFrurVVcppoSOEQxf+G+eD8ODoLVDg/s5wlHPCyLs0GqBH71a07Jv
6wIDAQAB
-----END PUBLIC KEY-----`)
const requestBody =
  '{"member_id":"AAA200154561278","activity_id":"1100000086","owner_id":"80000007","promotion_id":"WX1623452352312523523","channel_openid":"oKL-mwRzR-SBfI4QDAI1QXOpkyc8","mer_order_id":"20211203092301","writeOffNotify":"https://test.bank.com/notif"}'
const requestSignature =
  'BnJZTGAsTet2YzGge3yES2wc1n3MM0qm4+Hk0fdLlbftUzcODDFZ02j8xyskhCgPNEpnRRGPM06W/7dBRoIL+L3BVMmBobBwW80BLtAJ2QuHeVey3lp6vHvRAnKmnCRXNAK9246P84dI7iQcEczMVAT/7xRplBqvs9CWpfrTE/zcIPV2RptxGrPF5MH4qtck4VVB9wZNypVMr66XNtVl6SkBdpaetPBuQPzZ2OMqz1N43a3eIEibJrFWijJl1nRXh1/4aD7NU3onr7JCs2Z7NAvPjV9SlO9rMLTWVn3r5URynZCrNGnf+o8aa2eJ6uIZGjfgsokRU3osZGN1ov/RRg=='
const callbackBody = Buffer.from(
  '{"member_id":"AAA200154561278","owner_id":"80000007","channel_openid":"oKL-mwRzR-SBfI4QDAI1QXOpkyc8","promotion_id":"WX1623452352312523523","third_coupon_id":"wxd596543989121024","activity_id":"1100000086","promo_amount":"1000","total_amount":"9000","org_amount":"10000","trade_no":"202112030923010001","mer_order_id":"20211203092301","gmt_used":"2021-12-03 10:30:00","tradeStatus":"USED"}',
)
const callbackSignature =
  'ZXhanHv2Oq7BuRmTX6EOB+viiyhf8tBix+YQY+v5Oh/Keg2ZC/2nFOlLFxLbtDUq3fG+5LE0KLEUupKZwkv8oBCf0Dndlay/2y7QlqcZPmvJdkqFchDSoeuPJzT+EYUI5bECLRZ30sFno5iiS+9S48yu1iuvDsNA0gMeTukC51U48gkG7iOY4sRs55nW7sBx5rYB5ddzt7ycoqCuUb2Jfl4x8NgpG4dwssQQmPNJTNJWm0w23S+9lLUGAgkulV8AZz6ghAgMCga8gdJggOZeeWUfO4z5TjMnPYy7wW2e+rSLFUNR4ZPKSK0tOwhzMUsmLzUcsOdOkybgM+6DgUPKDA=='
const issueCallback = {
  orgId: '86802221ca93cd',
  callTradeNo: '20231025142512623545',
  amount: '1.00',
  tradeStatus: 'SUCCESS',
  failMsg: '',
  tradeCreateTime: '2023-10-25 14:24:18',
  tradePaymentTime: '2023-10-25 14:24:19',
  signType: 'RSA2',
  sign: 'bnHo1Y1ZIrKHEUzf7rZ+nUd8Va0BDxWzb2uBwVPOxj2ugWQqrcYjXgGnPjhRLn9MS96/A4d9971+0mf7qWE2rmzdCbphK3Kbr6zD94tbSpvgduMz1Lv12t/HXRX5rUtnWaTHz+mabBZbl4kl+fNiS0f3qDdH44AexrtN+tcpMmDTtH8JMqD2VB5fvBsBAw6SpG2z49nGNQssvzS8OnKSC4WWg5kOPoynwAIrQy3moO4qRyRNsn9RMXxXCarBg4sAWr/fJgqBKB5/Pv1fvM6bZguUnJAS8rUyqwXBftImLD5JFc3XhKFXYunMjL8ue5ElbvkxnYeDXn4H2fPygtqjBQ==',
}

const ownKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const identity = { appid: 'OP00000003', serialNo: '00dfba8194c41b84cf', timestamp: '1698215062', nonce: 'a1B2c3D4e5F6' }
const callbackHeader = `LKLAPI-SHA256withRSA timestamp="1698215062",nonce_str="a1B2c3D4e5F6",signature="${callbackSignature}"`
const answerHeaders = {
  'lklapi-appid': 'OP00000003',
  'lklapi-serial': '00dfba8194c41b84cf',
  'lklapi-timestamp': '1698215062',
  'lklapi-nonce': 'a1B2c3D4e5F6',
  'lklapi-signature': requestSignature,
}

describe('a request', () => {
  it('signs five lines, each with a line feed behind it, the body last', () => {
    const { appid, serialNo, timestamp, nonce } = identity
    expect(linesToSign([appid, serialNo, timestamp, nonce], requestBody).toString()).toBe(
      `OP00000003\n00dfba8194c41b84cf\n1698215062\na1B2c3D4e5F6\n${requestBody}\n`,
    )
  })

  it('carries the five attributes by the names of the published header, the signature over those lines', () => {
    const header = authorizeRequest(identity, requestBody, ownKeys.privateKey)
    const lines = `OP00000003\n00dfba8194c41b84cf\n1698215062\na1B2c3D4e5F6\n${requestBody}\n`
    const signature = sign('sha256', Buffer.from(lines), ownKeys.privateKey).toString('base64')
    expect(header).toBe(
      `LKLAPI-SHA256withRSA appid="OP00000003",serial_no="00dfba8194c41b84cf",timestamp="1698215062",nonce_str="a1B2c3D4e5F6",signature="${signature}"`,
    )
  })

  it('gets a nonce of twelve letters and digits, another each time', () => {
    const nonces = Array.from({ length: 50 }, makeNonce)
    expect(nonces.every((nonce) => /^[A-Za-z0-9]{12}$/.test(nonce))).toBe(true)
    expect(new Set(nonces).size).toBe(50)
  })
})

describe('an answer', () => {
  it('is accepted when its five lines verify', () => {
    expect(isAnswerSignatureValid(answerHeaders, Buffer.from(requestBody), vectorKey)).toBe(true)
  })

  it('is not accepted with a changed byte, a missing header, a doubled header or another key', () => {
    const body = Buffer.from(requestBody)
    expect(isAnswerSignatureValid(answerHeaders, Buffer.concat([body, Buffer.from(' ')]), vectorKey)).toBe(false)
    expect(isAnswerSignatureValid(answerHeaders, body, ownKeys.publicKey)).toBe(false)
    for (const name of Object.keys(answerHeaders)) {
      expect(isAnswerSignatureValid({ ...answerHeaders, [name]: undefined }, body, vectorKey)).toBe(false)
      expect(isAnswerSignatureValid({ ...answerHeaders, [name]: ['1', '2'] }, body, vectorKey)).toBe(false)
    }
  })
})

describe('a callback', () => {
  it('is accepted when its three lines verify', () => {
    expect(isCallbackSignatureValid(callbackHeader, callbackBody, vectorKey)).toBe(true)
  })

  it.each([
    ['five lines, as a request has', callbackHeader.replace('timestamp', 'appid="OP00000003",timestamp')],
    ['typographic quotes', callbackHeader.replaceAll('"', '”')],
    ['another time stamp', callbackHeader.replace('1698215062', '1698215063')],
    ['another nonce', callbackHeader.replace('a1B2c3D4e5F6', 'a1B2c3D4e5F7')],
    ['a nonce of thirteen characters', callbackHeader.replace('a1B2c3D4e5F6', 'a1B2c3D4e5F6x')],
    ['no scheme', callbackHeader.slice('LKLAPI-SHA256withRSA '.length)],
    ['a signature that is no Base64', callbackHeader.replace(/signature=".*"/, 'signature="***"')],
    ['nothing', ''],
  ])('is not accepted with %s in its header', (_what, header) => {
    expect(isCallbackSignatureValid(header, callbackBody, vectorKey)).toBe(false)
  })
})

describe('the signature inside an issue callback', () => {
  it('covers the fields sorted by name, without sign, signType and what is empty', () => {
    expect(bodyStringToSign(issueCallback)).toBe(
      'amount=1.00&callTradeNo=20231025142512623545&orgId=86802221ca93cd&tradeCreateTime=2023-10-25 14:24:18&tradePaymentTime=2023-10-25 14:24:19&tradeStatus=SUCCESS',
    )
  })

  it('sorts by ASCII, capitals first, and leaves null out', () => {
    expect(bodyStringToSign({ b: '1', a: '2', B: '3', c: null, d: 4 })).toBe('B=3&a=2&b=1&d=4')
  })

  it('is accepted as published and refused once a value changes', () => {
    expect(isBodySignatureValid(issueCallback, vectorKey)).toBe(true)
    expect(isBodySignatureValid({ ...issueCallback, amount: '1.01' }, vectorKey)).toBe(false)
    expect(isBodySignatureValid({ ...issueCallback, signType: 'RSA' }, vectorKey)).toBe(false)
    expect(isBodySignatureValid({ ...issueCallback, sign: undefined }, vectorKey)).toBe(false)
  })
})
