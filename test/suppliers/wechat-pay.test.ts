import { createCipheriv, generateKeyPairSync, sign } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { suppliers } from '../../src/suppliers/index.ts'
import type { Heard, MakeAnswer, MakeAsk, SupplierHttpAnswer, SupplierSend } from '../../src/suppliers/supplier.ts'
import { wechatPay } from '../../src/suppliers/wechat-pay/index.ts'
import { fences, quoted, readText } from '../docs/pages.ts'
import { testKeys } from '../support/keys.ts'
import { askedAt, describeMaker, makeAsk } from './conformance.ts'
import type { Stage } from './conformance.ts'
import { describeTeller } from './teller-conformance.ts'
import type { TellerStage } from './teller-conformance.ts'
import {
  apiV3Key,
  sendPath,
  showPath,
  startNotified,
  startPay,
  wechatPayKeyId,
  wechatPayWritten,
} from './wechat-pay-stage.ts'

const supplier = { ...suppliers.get('wechat-pay')!, maker: wechatPay.maker, teller: wechatPay.teller }
const { platform } = testKeys()
const { maker, teller } = wechatPay

// The number of a simulator's first stock.
const firstStock = '9856000'

// 429 is how WeChat Pay says that it does not know.
const modeOf = (fault: string): string => (fault === 'unknown' ? '429' : fault)

async function start(): Promise<Stage> {
  const running = await startPay()
  running.addStock()
  return {
    written: { ...wechatPayWritten, baseURL: running.url },
    failMaking: (fault) =>
      running.setMode({
        path: sendPath,
        mode: modeOf(fault),
        times: 1,
        ...(fault === 'slow' ? { milliseconds: 30 } : {}),
      }),
    madeCodes: (no) =>
      running
        .given()
        .filter((coupon) => coupon['out_request_no'] === no)
        .map((coupon) => String(coupon['coupon_id'])),
    askedNumbers: () => running.inbox.map(({ body }) => (body as Record<string, string>)['out_request_no']!),
    close: running.close,
  }
}

describeMaker({
  supplier,
  start,
  encryptions: ['AEAD_AES_256_GCM'],
  thirdProductId: firstStock,
  quantity: 1,
  mostCodes: 1,
  isConfirming: false,
  doubts: ['unknown', '500', 'garbage', 'closed'],
  limits: { requestsPerSecond: 500, concurrency: 50, timeoutSeconds: 10 },
  badSettings: [
    ['mchid', undefined],
    ['serialNo', '1D DE'],
    ['privateKey', platform.publicKeyPem],
    ['apiV3Key', apiV3Key.slice(1)],
    ['apiV3Key', '密钥'.repeat(16)],
    ['verificationKeys', []],
    ['verificationKeys', 7],
    ['verificationKeys', [...wechatPayWritten.verificationKeys, ...wechatPayWritten.verificationKeys]],
    ['appId', ''],
    ['appIds', 'wx233544546545989'],
    ['baseURL', 'api.mch.weixin.qq.com'],
  ],
})

async function startTelling(): Promise<TellerStage> {
  let time = askedAt
  const notified = await startNotified()
  const running = await startPay({ now: () => time, notifyUrl: notified.notifyUrl })
  const [openid, no, stockId] = ['oKL-mwRzR', '2018112000000001', running.addStock()]
  const code = running.give({ stockId, openid, appid: wechatPayWritten.appId, outRequestNo: no })
  return {
    written: { ...wechatPayWritten, baseURL: running.url },
    coupon: { no, supplierId: '123', code, thirdProductId: stockId, openid },
    use: async () => {
      running.use({ coupon_id: code, mchid: '1900000109' })
      const { message } = await notified.waitFor(() => true, 5000)
      const reference = expect.stringMatching(/^4200000\d+$/) as string
      return { message, use: { code, usedAt: askedAt, merchantNo: '1900000109', reference } }
    },
    expire: () => void (time = new Date(time.getTime() + 100 * 86_400_000)),
    now: () => time,
    failLookingUp: (fault) => running.setMode({ path: showPath, mode: modeOf(fault), times: 1 }),
    close: async () => {
      await running.close()
      await notified.close()
    },
  }
}

describeTeller({ supplier, staleSeconds: 300, start: startTelling })

describe('the settings of WeChat Pay', () => {
  it('keep keys secret, and name the address', () => {
    expect(wechatPay.secretNames).toEqual(['privateKey', 'apiV3Key'])
    expect(wechatPay.settings.parse(wechatPayWritten).baseURL).toBe('https://api.mch.weixin.qq.com')
  })

  it('say which of several verification keys is none', () => {
    const verificationKeys = [...wechatPayWritten.verificationKeys, { id: 'two', publicKey: 'none' }]
    const { error } = wechatPay.settings.safeParse({ ...wechatPayWritten, verificationKeys })
    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual(['verificationKeys.1.publicKey'])
  })

  it('have a title and a description on each field, for forms', () => {
    const form = z.toJSONSchema(wechatPay.settings, { io: 'input' })
    const fields = Object.entries(form.properties ?? {})
    expect(fields.map(([name]) => name)).toEqual(expect.arrayContaining([...wechatPay.secretNames, 'baseURL']))
    for (const [, field] of fields) {
      expect(field).toMatchObject({ title: expect.any(String) as string, description: expect.any(String) as string })
    }
  })
})

const settings = wechatPay.settings.parse(wechatPayWritten)
const ask: MakeAsk = { ...makeAsk, quantity: 1, thirdProductId: firstStock }
const seconds = String(askedAt.getTime() / 1000)

// Three lines, as the document has them.
function signed(body: string, { key = platform.privateKeyPem, serial = wechatPayKeyId, timestamp = seconds } = {}) {
  const signature = sign('sha256', Buffer.from(`${timestamp}\nnonce\n${body}\n`), key).toString('base64')
  return {
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': 'nonce',
    'wechatpay-serial': serial,
    'wechatpay-signature': signature,
  }
}

type Change = Partial<Extract<SupplierHttpAnswer, { kind: 'answered' }>>

/** Answers with a signed body. */
function answering(status: number, body: unknown, change: Change = {}): SupplierSend {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return async () => ({ kind: 'answered', status, headers: signed(text), body: text, isCut: false, ...change })
}

const make = (send: SupplierSend, given: Partial<MakeAsk> = {}): Promise<MakeAnswer> =>
  maker.make(settings, { ...ask, ...given }, send, askedAt)
const coupon = { coupon_id: '9867041' }
const text = JSON.stringify(coupon)

describe('an answer of WeChat Pay', () => {
  it('is yes that is signed, of now, HTTP 200, and has a coupon_id', async () => {
    expect(await make(answering(200, coupon))).toEqual({ kind: 'accepted', codes: ['9867041'] })
    expect(await make(answering(200, { ...coupon, more: { unknown: [1] } }))).toMatchObject({ kind: 'accepted' })
  })

  test.each<[string, number, unknown, Change]>([
    ['is not signed', 200, coupon, { headers: {} }],
    ['is signed by a stranger', 200, coupon, { headers: signed(text, { key: testKeys().bank.privateKeyPem }) }],
    ['is signed by a key that is not in the settings', 200, coupon, { headers: signed(text, { serial: 'other' }) }],
    ['is signed over another body', 200, coupon, { headers: signed(`${text} `) }],
    [
      'is five minutes and a second old',
      200,
      coupon,
      { headers: signed(text, { timestamp: String(Number(seconds) - 301) }) },
    ],
    ['is from the future', 200, coupon, { headers: signed(text, { timestamp: String(Number(seconds) + 301) }) }],
    ['is cut', 200, coupon, { isCut: true }],
    ['is no JSON', 200, '<html>', {}],
    ['is an array', 200, [coupon], {}],
    ['has no coupon_id', 200, {}, {}],
    ['has a coupon_id that is none', 200, { coupon_id: '券' }, {}],
    ['has a coupon_id that is a number', 200, { coupon_id: 9867041 }, {}],
    ['has the same key twice', 200, '{"coupon_id":"1","coupon_id":"2"}', {}],
    ['is HTTP 201', 201, coupon, {}],
    ['is HTTP 302', 302, coupon, {}],
    ['is a refusal that is not signed', 403, { code: 'NOT_ENOUGH' }, { headers: {} }],
    ['is FREQUENCY_LIMITED', 429, { code: 'FREQUENCY_LIMITED' }, {}],
    ['is SYSTEM_ERROR', 500, { code: 'SYSTEM_ERROR' }, {}],
    ['is a refusal with HTTP 500', 500, { code: 'NOT_ENOUGH' }, {}],
    ['is a code that no document has', 403, { code: 'SOMETHING_NEW' }, {}],
    ['has no code', 400, { message: '错误' }, {}],
    ['is SIGN_ERROR', 401, { code: 'SIGN_ERROR' }, {}],
  ])('is unknown that %s', async (_, status, body, change) => {
    expect(await make(answering(status, body, change))).toMatchObject({ kind: 'unknown' })
  })

  it('is unknown, with a word to the operator, where another coupon stands under our number', async () => {
    expect(await make(answering(400, { code: 'RESOURCE_ALREADY_EXISTS', message: '单号已存在' }))).toEqual({
      kind: 'unknown',
      reason:
        'The answer was HTTP 400 with RESOURCE_ALREADY_EXISTS: this number stands for another coupon at WeChat Pay.',
    })
  })

  it('is unknown, with a word to the operator, where WeChat Pay does not recognize us', async () => {
    expect(await make(answering(401, { code: 'SIGN_ERROR' }, { headers: {} }))).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('mchid, serialNo and privateKey are to be checked') as string,
    })
  })

  test.each([
    [403, 'NOT_ENOUGH', 'stock_exhausted'],
    [403, 'RULE_LIMIT', 'limit_exceeded'],
    [403, 'RULELIMIT', 'limit_exceeded'],
    [403, 'USER_ACCOUNT_ABNORMAL', undefined],
    [403, 'REQUEST_BLOCKED', 'limit_exceeded'],
    [403, 'NO_AUTH', undefined],
    [400, 'INVALID_REQUEST', undefined],
    [400, 'PARAM_ERROR', undefined],
    [400, 'APPID_MCHID_NOT_MATCH', undefined],
    [404, 'MCH_NOT_EXISTS', undefined],
    [404, 'RESOURCE_NOT_EXISTS', undefined],
  ])('is no that is HTTP %d with %s', async (status, code, reason) => {
    const words = `${code} for ${ask.openid}`
    expect(await make(answering(status, { code, message: words }))).toEqual({
      kind: 'refused',
      code,
      message: `${code} for ***`,
      ...(reason === undefined ? {} : { reason }),
    })
  })

  it('may be signed by the old key or the new one while keys are renewed', async () => {
    const { bank } = testKeys()
    const verificationKeys = [{ id: 'next', publicKey: bank.publicKeyPem }, ...settings.verificationKeys]
    const renewed = wechatPay.settings.parse({ ...settings, verificationKeys })
    const both = [signed(text), signed(text, { key: bank.privateKeyPem, serial: 'next' })]
    for (const headers of both) {
      expect(await maker.make(renewed, ask, answering(200, coupon, { headers }), askedAt)).toMatchObject({
        kind: 'accepted',
      })
    }
  })
})

describe('what WeChat Pay cannot give is refused without asking:', () => {
  const nobody: SupplierSend = () => expect.unreachable()

  test.each<[string, Partial<MakeAsk>, RegExp]>([
    ['two coupons', { quantity: 2 }, /one coupon/],
    ['a coupon for an openid that cannot be one', { openid: 'o p' }, /openid/],
    ['a coupon for an app of somebody else', { wechatAppId: 'wx-other' }, /app/],
  ])('%s', async (_, given, message) => {
    expect(await make(nobody, given)).toEqual({
      kind: 'refused',
      code: 'bad_request',
      message: expect.stringMatching(message) as string,
    })
  })

  it('a coupon for nobody, or of no stock', async () => {
    const { openid: _openid, ...forNobody } = ask
    const { thirdProductId: _stock, ...ofNothing } = ask
    for (const wish of [forNobody, ofNothing]) {
      expect(await maker.make(settings, wish, nobody, askedAt)).toMatchObject({ kind: 'refused', code: 'bad_request' })
    }
  })
})

it('a coupon is asked for by the app that the order names', async () => {
  let asked = ''
  const send: SupplierSend = async ({ body }) => {
    asked = body ?? ''
    return { kind: 'failed', reason: 'timeout', message: 'none' }
  }
  await make(send, { wechatAppId: 'wx-mini-program' })
  expect(JSON.parse(asked)).toMatchObject({ appid: 'wx-mini-program' })
})

// The tag stands behind the ciphertext.
function seal(plain: object, associatedData = 'coupon', key = apiV3Key) {
  const cipher = createCipheriv('aes-256-gcm', key, 'fdasflkja484')
  cipher.setAAD(Buffer.from(associatedData))
  const sealed = [cipher.update(JSON.stringify(plain), 'utf8'), cipher.final(), cipher.getAuthTag()]
  return {
    original_type: 'coupon',
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: Buffer.concat(sealed).toString('base64'),
    nonce: 'fdasflkja484',
    associated_data: associatedData,
  }
}

const used = {
  stock_creator_mchid: '9800064',
  stock_id: '9865888',
  coupon_id: '98674556',
  status: 'USED',
  coupon_type: 'NORMAL',
  normal_coupon_information: { coupon_amount: 100, transaction_minimum: 100 },
  consume_information: {
    consume_time: '2018-11-20T15:51:00+08:00',
    consume_mchid: '9856081',
    transaction_id: '2345234523',
    goods_detail: [{ goods_id: 'a_goods1', quantity: 7, price: 1, discount_amount: 4 }],
  },
}
const event = { id: 'EV-1', event_type: 'COUPON.USE', resource_type: 'encrypt-resource', resource: seal(used) }

function hear(message: unknown, given: Parameters<typeof signed>[1] = {}): Heard {
  const body = typeof message === 'string' ? message : JSON.stringify(message)
  return teller.hear(settings, { headers: signed(body, given), body: Buffer.from(body) }, askedAt)
}
const theUse = {
  kind: 'used',
  use: { code: '98674556', usedAt: new Date('2018-11-20T07:51:00Z'), merchantNo: '9856081', reference: '2345234523' },
}

describe('a notification of WeChat Pay', () => {
  it('tells of a use by either name of the event, whatever else it says', () => {
    expect(hear(event)).toEqual(theUse)
    expect(hear({ ...event, event_type: 'TRANSACTION.SUCCESS', summary: '用券成功', more: [{}] })).toEqual(theUse)
    expect(hear({ ...event, resource: seal({ ...used, new_field: null, status: 'LATER' }) })).toEqual(theUse)
  })

  it('tells of a use without associated data, be it empty, null or left out', () => {
    const { associated_data: _, ...without } = seal(used, '')
    for (const resource of [seal(used, ''), without, { ...without, associated_data: null }]) {
      expect(hear({ ...event, resource })).toEqual(theUse)
    }
  })

  test.each<[string, object]>([
    ['another event', { ...event, event_type: 'COUPON.SEND' }],
    ['no event', {}],
    [
      'a payment',
      { ...event, event_type: 'TRANSACTION.SUCCESS', resource: { ...seal({}), original_type: 'transaction' } },
    ],
  ])('is nothing to us that is %s', (_, message) => {
    expect(hear(message)).toEqual({ kind: 'nothing' })
  })

  test.each<[string, unknown]>([
    ['no JSON', '<html>'],
    ['an array', [event]],
    ['a use without resource', { ...event, resource: null }],
    ['a use with other associated data', { ...event, resource: { ...event.resource, associated_data: 'other' } }],
    ['a use with another nonce', { ...event, resource: { ...event.resource, nonce: 'fdasflkja485' } }],
    ['a use with a nonce of another length', { ...event, resource: { ...event.resource, nonce: 'short' } }],
    ['a use with no ciphertext', { ...event, resource: { ...event.resource, ciphertext: '' } }],
    ['a use sealed with another key', { ...event, resource: seal(used, 'coupon', 'f'.repeat(32)) }],
    ['a use sealed in another way', { ...event, resource: { ...event.resource, algorithm: 'AEAD_SM4_GCM' } }],
    ['a use of no coupon', { ...event, resource: seal({ ...used, coupon_id: '' }) }],
    ['a use at no time', { ...event, resource: seal({ ...used, consume_information: { consume_time: 'now' } }) }],
    ['a use that says nothing', { ...event, resource: seal({ coupon_id: '1' }) }],
  ])('is a bad request that is %s', (_, message) => {
    expect(hear(message)).toMatchObject({ kind: 'refused', reason: 'bad_request' })
  })

  it('may say anything at all, signed and sealed: it is answered, and never an error', () => {
    const kinds = new Set(['used', 'nothing', 'refused'])
    const anything = fc.oneof(
      fc.json(),
      fc.json().map((plain) => JSON.stringify({ ...event, resource: seal([plain]) })),
    )
    fc.assert(
      fc.property(anything, (message) => kinds.has(hear(message).kind)),
      { numRuns: 50 },
    )
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(used)), fc.jsonValue()), (changed) =>
        kinds.has(hear({ ...event, resource: seal({ ...used, ...changed }) }).kind),
      ),
      { numRuns: 50 },
    )
  })

  it('is not believed by an unknown key, nor the one with which WeChat Pay tries whether it is checked', () => {
    expect(hear(event, { serial: 'PUB_KEY_ID_9' })).toMatchObject({ reason: 'bad_signature' })
    const body = JSON.stringify(event)
    const headers = { ...signed(body), 'wechatpay-signature': 'WECHATPAY/SIGNTEST/AAAA' }
    expect(teller.hear(settings, { headers, body: Buffer.from(body) }, askedAt)).toMatchObject({
      reason: 'bad_signature',
    })
  })
})

describe('a look-up at WeChat Pay', () => {
  const lookUp = (status: number, body: object) =>
    teller.lookUp(
      settings,
      { no: '1', supplierId: '123', code: '98674556', openid: 'o1' },
      answering(status, body),
      askedAt,
    )

  it('takes the time of use where it is told, else the earliest of now and the end', async () => {
    const { consume_information: _, ...silent } = used
    expect(await lookUp(200, used)).toEqual(theUse)
    expect(await lookUp(200, silent)).toEqual({ kind: 'used', use: { code: '98674556', usedAt: askedAt } })
    expect(await lookUp(200, { ...silent, available_end_time: '2018-11-19T00:00:00+08:00' })).toEqual({
      kind: 'used',
      use: { code: '98674556', usedAt: new Date('2018-11-18T16:00:00Z') },
    })
  })

  it('is unknown about another coupon, and with a status that is none', async () => {
    expect(await lookUp(200, { ...used, coupon_id: '1' })).toMatchObject({ kind: 'unknown' })
    expect(await lookUp(200, { ...used, status: 'LOST' })).toMatchObject({ kind: 'unknown' })
  })

  it('is refused for nobody', async () => {
    const nobody: SupplierSend = () => expect.unreachable()
    expect(await teller.lookUp(settings, { no: '1', supplierId: '1', code: '1' }, nobody, askedAt)).toMatchObject({
      kind: 'refused',
    })
  })
})

it('what is an RSA key below 2048 bits is refused', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  expect(wechatPay.settings.safeParse({ ...wechatPayWritten, privateKey: pem }).success).toBe(false)
})

describe('the page on WeChat Pay', () => {
  const page = readText('docs/suppliers/wechat-pay.md')
  const [makeRequest, makeAnswer, refusal, opened] = fences(page)
    .filter(({ language }) => language === 'json')
    .map(({ text: example }) => JSON.parse(example) as object)

  it('shows the request that asks for a coupon, and an answer that gives it', async () => {
    const asked: unknown[] = []
    const answer = answering(200, makeAnswer)
    const send: SupplierSend = async (request) => {
      asked.push(JSON.parse(request.body ?? ''), request.url)
      return answer(request)
    }
    expect(await make(send)).toEqual({ kind: 'accepted', codes: ['9867041'] })
    expect(asked).toEqual([
      makeRequest,
      'https://api.mch.weixin.qq.com/v3/marketing/favor/users/oKL-mwRzR-SBfI4QDAI1QXOpkyc8/coupons',
    ])
  })

  it('shows a no', async () => {
    expect(await make(answering(403, refusal))).toMatchObject({ kind: 'refused', reason: 'limit_exceeded' })
  })

  it('shows a use', () => {
    expect(hear({ ...event, resource: seal(opened ?? {}) })).toEqual({
      kind: 'used',
      use: {
        code: '9867041',
        usedAt: askedAt,
        merchantNo: '1900000109',
        reference: '4200000000201811201551120001',
      },
    })
  })

  it('names every setting', () => {
    const fields = Object.keys(z.toJSONSchema(wechatPay.settings, { io: 'input' }).properties ?? {})
    const words = quoted(page)
    for (const field of fields) expect(words).toContain(field)
  })
})
