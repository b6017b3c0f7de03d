import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { z } from 'zod'
import { startEsb } from '../../simulators/esb.ts'
import { esb } from '../../src/suppliers/esb/index.ts'
import { suppliers } from '../../src/suppliers/index.ts'
import type { ConfirmAnswer, MakeAnswer, MakeAsk, SupplierSend } from '../../src/suppliers/supplier.ts'
import { fences, readText } from '../docs/pages.ts'
import { confirmAsk, describeMaker, makeAsk } from './conformance.ts'
import type { Stage } from './conformance.ts'

const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey
const tripleDesKey = '0123456789abcdef01234567'
const keys = { none: undefined, '3DES': tripleDesKey, RSA: privateKey }

async function start(encryption: string): Promise<Stage> {
  const encryptType = encryption as keyof typeof keys
  const running = await startEsb({ encryptType })
  const { makeCodeURL, verifyURL, verifyNotifyURL } = running
  const names = { make: 'sendChannelOrderId', verify: 'requestId' }
  const step = (fault: string) => ({ mode: fault as 'ok', times: 1, ...(fault === 'slow' ? { milliseconds: 30 } : {}) })
  return {
    written: {
      makeCodeURL,
      verifyURL,
      verifyNotifyURL,
      thirdChannelNo: 'M000001545',
      encryptType,
      orderEncryptKey: keys[encryptType],
    },
    failMaking: (fault) => running.setMode({ path: '/make', ...step(fault) }),
    failConfirming: (fault) => running.setMode({ path: '/verify', ...step(fault) }),
    madeCodes: running.codesOf,
    askedNumbers: () =>
      running.inbox.map(({ path, body }) => {
        const name = path === '/make' ? names.make : names.verify
        return (body as Record<string, string>)[name]!
      }),
    close: running.close,
  }
}

const supplier = { ...suppliers.get('esb')!, maker: esb.maker }

describeMaker({
  supplier,
  start,
  encryptions: ['none', '3DES', 'RSA'],
  quantity: 3,
  mostCodes: 100,
  isConfirming: true,
  doubts: ['unknown', '500', 'garbage', 'closed', 'fewer', 'twice'],
  limits: { requestsPerSecond: 50, concurrency: 10, timeoutSeconds: 10 },
  badSettings: [
    ['makeCodeURL', undefined],
    ['makeCodeURL', 'www.baidu.com'],
    ['makeCodeURL', 'https://user:secret@esb.example.com/make'],
    ['verifyURL', 'ftp://esb.example.com/'],
    ['verifyNotifyURL', 7],
    ['channelMid', 'two words'],
    ['channelTid', '终端'],
    ['encryptType', 'AES'],
  ],
})

describe('a key of ESB settings', () => {
  const written = { makeCodeURL: 'https://esb.example.com/make' }

  test.each([
    ['3DES', undefined, /is needed where encryptType is 3DES/],
    ['3DES', 'short', /16 or 24 characters/],
    ['RSA', tripleDesKey, /PKCS#8 PEM/],
    ['RSA', `${'long'.repeat(2048)}!`, /at most 8192/],
  ])('is refused where it is none of %s (%#)', (encryptType, orderEncryptKey, message) => {
    const { error } = supplier.settings.safeParse({ ...written, encryptType, orderEncryptKey })
    expect(error?.issues).toMatchObject([
      { path: ['orderEncryptKey'], message: expect.stringMatching(message) as string },
    ])
  })

  it('is secret', () => {
    expect(supplier.secretNames).toEqual(['orderEncryptKey'])
  })
})

describe('a form of ESB settings', () => {
  it('finds a title and a description on each field', () => {
    const form = z.toJSONSchema(supplier.settings, { io: 'input' })
    const fields = Object.entries(form.properties ?? {})
    expect(fields.map(([name]) => name)).toEqual(
      expect.arrayContaining([...supplier.secretNames, ...supplier.addressNames]),
    )
    for (const [, field] of fields) {
      expect(field).toMatchObject({ title: expect.any(String) as string, description: expect.any(String) as string })
    }
  })
})

/** Takes what is posted, and answers HTTP 200 with a body; an object is answered as JSON. */
function answering(body: unknown): { send: SupplierSend; posted: () => unknown } {
  let last = ''
  return {
    send: async (request) => {
      last = request.body ?? ''
      return {
        kind: 'answered',
        status: 200,
        headers: {},
        body: typeof body === 'string' ? body : JSON.stringify(body),
        isCut: false,
      }
    },
    posted: () => JSON.parse(last) as unknown,
  }
}

const plain = esb.settings.parse({ makeCodeURL: 'https://esb.example.com/make', channelMid: 42, channelTid: 'T7' })
const ask: MakeAsk = { ...makeAsk, quantity: 1 }
const item = { saleChannelItemId: ask.itemNo, itemResultCode: '00', codeDetail: [{ code: '10116574123700278846' }] }
const yes = (...items: unknown[]) => ({ returnCode: '00', returnMsg: 'SUCCESS', data: { items } })
const { maker } = esb
const make = (body: unknown): Promise<MakeAnswer> => maker.make(plain, ask, answering(body).send)

describe('an answer of an ESB', () => {
  test.each([
    ['nothing', ''],
    ['an array', [yes(item)]],
    ['no returnCode', { data: { items: [item] } }],
    ['a returnCode that is a number', { ...yes(item), returnCode: 0 }],
    ['an empty returnCode', { ...yes(item), returnCode: '' }],
    ['a returnCode in words', { returnCode: '制码失败' }],
    ['yes and no data', { returnCode: '00' }],
    ['no item', yes()],
    ['two items', yes(item, item)],
    ['another item', yes({ ...item, saleChannelItemId: 'other' })],
    ['an item without itemResultCode', yes({ ...item, itemResultCode: undefined })],
    ['an item that is 32', yes({ ...item, itemResultCode: '32' })],
    ['no, with codes', { ...yes(item), returnCode: '05' }],
    ['an item that is no, with codes', yes({ ...item, itemResultCode: '05' })],
    ['more codes than asked for', yes({ ...item, codeDetail: [{ code: 'A1' }, { code: 'A2' }] })],
    ['no codes', yes({ ...item, codeDetail: undefined })],
    ['an empty code', yes({ ...item, codeDetail: [{ code: '' }] })],
    ['a code that is a number', yes({ ...item, codeDetail: [{ code: 10_116_574 }] })],
    ['a code of 65 characters', yes({ ...item, codeDetail: [{ code: '1'.repeat(65) }] })],
    ['a code with a space', yes({ ...item, codeDetail: [{ code: 'A 1' }] })],
    ['a code in Chinese', yes({ ...item, codeDetail: [{ code: '券' }] })],
    ['the same key twice', '{"returnCode":"05","returnCode":"00"}'],
  ])('is unknown that has %s', async (_, body) => {
    expect(await make(body)).toMatchObject({ kind: 'unknown' })
  })

  it('is yes with a code of 64 characters', async () => {
    const code = '~'.repeat(64)
    expect(await make(yes({ ...item, codeDetail: [{ code }] }))).toEqual({ kind: 'accepted', codes: [code] })
  })

  it('is no by a returnCode, or by an itemResultCode without codes', async () => {
    expect(await make({ returnCode: '05', returnMsg: ' 库存\n不足 ' })).toEqual({
      kind: 'refused',
      code: '05',
      message: '库存 不足',
    })
    expect(await make(yes({ itemResultCode: 'E1', itemResultMsg: '🎫'.repeat(200) }))).toEqual({
      kind: 'refused',
      code: 'E1',
      message: '🎫'.repeat(128),
    })
  })

  it('is unknown that is cut, or not HTTP 200', async () => {
    const body = JSON.stringify(yes(item))
    for (const other of [{ isCut: true }, { status: 201 }, { status: 302 }]) {
      const send: SupplierSend = async () => ({
        kind: 'answered',
        status: 200,
        headers: {},
        body,
        isCut: false,
        ...other,
      })
      expect(await maker.make(plain, ask, send)).toMatchObject({ kind: 'unknown' })
    }
  })

  it('is unknown where the key does not fit', async () => {
    for (const [encryptType, orderEncryptKey] of [
      ['3DES', tripleDesKey],
      ['RSA', privateKey],
    ]) {
      const settings = esb.settings.parse({ ...plain, encryptType, orderEncryptKey })
      expect(await maker.make(settings, ask, answering(yes(item)).send)).toMatchObject({
        kind: 'unknown',
        reason: expect.stringContaining('could not be decrypted') as string,
      })
    }
  })
})

describe('a confirmation of an ESB', () => {
  it('is needed by nobody without verifyURL', async () => {
    expect(maker.mustConfirm(plain)).toBe(false)
    const nobody: SupplierSend = () => expect.unreachable()
    expect(await maker.confirm(plain, confirmAsk('1', 'A1'), nobody)).toEqual<ConfirmAnswer>({ kind: 'accepted' })
  })

  it('that is no does not repeat the code', async () => {
    const settings = { ...plain, verifyURL: 'https://esb.example.com/verify' }
    const answer = await maker.confirm(
      settings,
      confirmAsk('1', 'A1B2'),
      answering({ returnCode: '06', returnMsg: 'A1B2已使用' }).send,
    )
    expect(answer).toEqual({ kind: 'refused', code: '06', message: '***已使用' })
  })
})

describe('the page on ESBs', () => {
  const [makeRequest, makeAnswer, confirmRequest, confirmAnswer] = fences(readText('docs/suppliers/esb.md'))
    .filter(({ language }) => language === 'json')
    .map(({ text }) => JSON.parse(text) as unknown)
  const settings = {
    ...plain,
    channelMid: 'M000001545',
    channelTid: 'T0001',
    verifyURL: 'https://esb.example.com/verify',
  }

  it('shows the request that asks for codes, and an answer that gives them', async () => {
    const { send, posted } = answering(makeAnswer)
    expect(await maker.make(settings, ask, send)).toEqual({ kind: 'accepted', codes: ['10116574123700278846'] })
    expect(posted()).toEqual(makeRequest)
  })

  it('shows the request that confirms a redemption, and a yes', async () => {
    const { send, posted } = answering(confirmAnswer)
    const code = '10116574123700278846'
    expect(await maker.confirm(settings, confirmAsk('2018112100000007', code), send)).toEqual({ kind: 'accepted' })
    expect(posted()).toEqual(confirmRequest)
  })
})
