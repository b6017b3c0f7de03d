import { sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { actionOf, checkWhaleFiles } from '../../src/cli/partner/check-files.ts'
import { checkWhaleHub, type WhaleQuestion } from '../../src/cli/partner/check-whale-hub.ts'
import type { Finding } from '../../src/cli/partner/finding.ts'
import { readIdentity, roleOf, whaleSchema, type WhaleIdentity } from '../../src/cli/partner/identity.ts'
import { mistakes } from '../../src/cli/partner/mistakes.ts'
import { keysIdentity, ownQuestion, refuseWhaleOptions } from '../../src/cli/partner/whale-options.ts'
import type { ErrorCode } from '../../src/core/command/errors.ts'
import { parsePrivateKey } from '../../src/wire/rsa.ts'
import { encodeBizContent, whaleText } from '../../src/wire/whale-signature.ts'
import { testKeys } from '../support/keys.ts'

const { bank: partner, platform } = testKeys()
const identity: WhaleIdentity = {
  appId: '10002401',
  privateKeyPem: partner.privateKeyPem,
  platformPublicKeyPem: platform.publicKeyPem,
  saleChannelId: '10002401',
  path: '/whale',
  version: '4.0',
}
const wordsOf = (findings: Finding[]): string => findings.map(({ isGood, words }) => `${isGood} ${words}`).join('\n')
const signed = (text: string, pem: string): string =>
  sign('sha256', Buffer.from(text), parsePrivateKey(pem)).toString('base64')

function sealed(biz: object, pem: string, other: Record<string, string> = {}): Record<string, string> {
  const unsigned = {
    action: 'MakeQuery',
    app_id: identity.appId,
    biz_content: encodeBizContent(JSON.stringify(biz)),
    timestamp: '1483372334',
    version: '4.0',
    ...other,
  }
  return { ...unsigned, sign: signed(whaleText(unsigned), pem) }
}

describe("partner check of Whale's wire", () => {
  type Asked = Record<string, string>
  let server: Server
  let asked: Asked
  let answer: (asked: Asked) => object

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        asked = JSON.parse(body) as Asked
        response.end(JSON.stringify(answer(asked)))
      })
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => new Promise((resolve) => void server.close(resolve)))

  const codes: Record<string, ErrorCode> = { '05': 'bad_signature', '41': 'order_not_found', '61': 'limit_exceeded' }
  const says = (returnCode: string, returnMsg: string) => () =>
    sealed({ returnCode, returnMsg }, platform.privateKeyPem)
  const check = async (own?: WhaleQuestion, other: Partial<WhaleIdentity> = {}): Promise<string> => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const hub = { url, now: () => new Date(), codeOf: (code: string) => codes[code] }
    return wordsOf(await checkWhaleHub(hub, { ...identity, ...other }, own))
  }

  it('finds nothing wrong where nothing is: a signed query for an order that does not exist', async () => {
    answer = says('41', '订单不存在')
    expect(await check()).not.toContain('false')
    expect(asked['action']).toBe('MakeQuery')
    const { sign: _, ...unsigned } = asked
    expect(asked['sign']).toBe(signed(whaleText(unsigned), partner.privateKeyPem))
  })

  it('asks as a back office where there is no channel', async () => {
    answer = says('41', '订单不存在')
    const { saleChannelId: _, ...erp } = identity
    const hub = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, now: () => new Date() }
    await checkWhaleHub({ ...hub, codeOf: (code) => codes[code] }, erp)
    expect(asked['action']).toBe('makeNotifyQuery')
  })

  it("sends a partner's own JSON as it is written", async () => {
    answer = says('00', 'SUCCESS')
    const json = '{ "productId": 12345678901234567890 }\n'
    const words = await check({ action: 'templateInsert', json })
    expect(words).toContain('true The hub took the signed request and answered: 00 SUCCESS')
    expect(Buffer.from(asked['biz_content']!, 'base64').toString()).toBe(json)
  })

  it('tells a refusal of what was asked from one of the signature', async () => {
    answer = says('61', '超过限额')
    const words = await check({ action: 'MakeCode', json: '{}' })
    expect(words).toContain('true The hub took the signature.')
    expect(words).toContain('false The hub refused it: 61 超过限额')
  })

  test.each([
    ['the same string', (text: string) => text, /is the one that the hub expects[^]*holds another key for this app/],
    [
      'another timestamp',
      (text: string) => text.replace(/timestamp=\d+/, 'timestamp=1'),
      /differs first in part 4 \(timestamp\)[^]*another timestamp/,
    ],
    [
      'one field less',
      (text: string) => text.replace(/&version=.*/, ''),
      /version is in the string, but it is not sent/,
    ],
  ])('a sandbox that refuses the signature and expects %s is explained', async (_, change, words) => {
    answer = ({ sign: _sign, ...unsigned }) =>
      says('05', `验签失败: the string to sign is expected to be\n${change(whaleText(unsigned))}`)()
    const said = await check()
    expect(said).toContain('false The hub refused the signature: 05 验签失败:')
    expect(said).toMatch(words)
  })

  test.each([
    ['is not signed', () => ({ returnCode: '01', returnMsg: '未知应用' }), {}, 'The answer is not signed'],
    [
      'is signed by somebody else',
      () => sealed({ returnCode: '00', returnMsg: 'OK' }, partner.privateKeyPem),
      {},
      'platformPublicKeyPem is not the key',
    ],
    ['is not checked for want of a key', says('41', 'no'), { platformPublicKeyPem: undefined }, '(--platform-key)'],
    ['says nothing of the kind', () => ({ hello: 1 }), {}, 'speaks in no words of this wire'],
    ['has a biz_content that is no Base64', () => ({ biz_content: '{}' }), {}, 'speaks in no words of this wire'],
  ])('an answer that %s is named', async (_, given, other, words) => {
    answer = given
    expect(await check(undefined, other as Partial<WhaleIdentity>)).toContain(words)
  })

  it('a hub that does not answer is named', async () => {
    const hub = { url: 'http://127.0.0.1:1', now: () => new Date(), codeOf: () => undefined }
    expect(wordsOf(await checkWhaleHub(hub, identity))).toContain('nothing listens there')
  })
})

describe("partner check of a Whale client's files", () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text)
  const envelope = sealed({ originalChannelOrderId: 'A1' }, partner.privateKeyPem)
  const body = JSON.stringify(envelope)
  const { sign: _, ...unsigned } = envelope
  const text = whaleText(unsigned)
  const check = (request: string | undefined, given?: string): string => {
    const files = {
      request: request === undefined ? undefined : bytes(request),
      text: given === undefined ? undefined : bytes(given),
    }
    return wordsOf(checkWhaleFiles(files, identity, new Date()))
  }

  test.each([
    ['as a body alone', body],
    ['as a body in lines', JSON.stringify(envelope, undefined, 2)],
    ['with headers', `POST /whale HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${body}\r\n`],
  ])('a request that is signed well holds, and what it says is shown, %s', (_title, request) => {
    const words = check(request)
    expect(words).toContain('It says MakeQuery with {"originalChannelOrderId":"A1"}')
    expect(words).toContain('true The signature holds.')
    expect(words).not.toContain('false')
    expect(actionOf(bytes(request))).toBe('MakeQuery')
  })

  it('a number is signed as it is written', () => {
    expect(check(body.replace('"1483372334"', '1483372334'))).not.toContain('false')
  })

  it('a signature that does not hold is explained, and the right string is shown', () => {
    const words = check(JSON.stringify({ ...envelope, sign: signed(`${text}\n`, partner.privateKeyPem) }))
    expect(words).toContain(`false ${mistakes.lineFeedBehindValue}`)
    expect(words).toContain(`expected string  ${text}`)
    expect(check(JSON.stringify({ ...envelope, sign: signed(text, platform.privateKeyPem) }))).toContain(
      mistakes.otherPrivateKey,
    )
  })

  test.each([
    ['no sign', { sign: undefined }, 'sign is missing.'],
    ['no version', { version: undefined }, 'version is missing.'],
    ['an empty action', { action: '' }, 'action is missing.'],
    ['names in camel case', { app_id: undefined, appId: '1' }, 'appId must be called app_id.'],
    ['an object for biz_content', { biz_content: {} }, 'biz_content must be a string: the Base64'],
    ['the JSON for biz_content', { biz_content: '{"a":1}' }, mistakes.bizIsJson],
    ['milliseconds', { timestamp: 1483372334056 }, mistakes.milliseconds],
    ['a date', { timestamp: '2017-01-02 23:52:14' }, mistakes.localTime],
    ['another app', { app_id: 'OTHER' }, 'The request names the app_id OTHER'],
  ])('an envelope with %s hears that', (_title, other, words) => {
    expect(check(JSON.stringify({ ...envelope, ...other }))).toContain(`false ${words}`)
  })

  it('what is no request hears that', () => {
    expect(check('POST / HTTP/1.1\r\n\r\n')).toContain('has no body')
    expect(check('{"action":')).toContain('is no JSON object')
    expect(check(body.replace('{', '{"action":"MakeCode",'))).toContain('is no JSON object')
  })

  it('a string is compared with its request, and alone with what can be known of it', () => {
    expect(check(body, text)).not.toContain('false')
    expect(check(body, text.replace('Make', 'Code'))).toContain('differs first in part')
    expect(check(undefined, text)).toBe('true The string to sign is the one that is expected.')
    expect(check(undefined, `${text}\n`)).toContain(mistakes.lineFeedBehindValue)
  })
})

describe("who partner check speaks as on Whale's wire", () => {
  const erp = { erpAppId: 'ERP', erpPrivateKeyPem: platform.privateKeyPem }
  const channel = { channelAppId: 'CH', channelPrivateKeyPem: partner.privateKeyPem }
  const sandbox = JSON.stringify({ url: 'http://hub', whale: { ...erp, ...channel, saleChannelId: 'CH', ticketId: 1 } })
  const read = (content: string, action?: string) =>
    readIdentity(content, 'whale', whaleSchema(roleOf(action)), 'sandbox.json')

  test.each([
    [undefined, 'CH', partner.privateKeyPem],
    ['MakeCode', 'CH', partner.privateKeyPem],
    ['createRule', 'ERP', platform.privateKeyPem],
    ['saleChanneInsert', 'ERP', platform.privateKeyPem],
  ])("of a sandbox's two apps, for %s it is %s", (action, appId, privateKeyPem) => {
    const { identity: found, url } = read(sandbox, action)
    expect(found).toMatchObject({ appId, privateKeyPem, path: '/whale', version: '4.0' })
    expect(url).toBe('http://hub')
  })

  it("is a partner's own app as well", () => {
    expect(read(JSON.stringify(identity), 'createRule').identity).toEqual(identity)
    expect(() => read('{"appId":"A","privateKeyPem":"no key"}')).toThrow(/privateKeyPem: This is no private key/)
  })

  describe('by options', () => {
    let folder: string
    const files = { resolvePath: (path: string) => join(folder, path) }
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'quanhub-'))
      writeFileSync(join(folder, 'key.pem'), partner.privateKeyPem)
      writeFileSync(join(folder, 'hub.pem'), platform.publicKeyPem)
      writeFileSync(join(folder, 'biz.json'), '{ "a": 1 }')
      writeFileSync(join(folder, 'list.json'), '[]')
    })
    afterEach(() => rmSync(folder, { recursive: true }))

    it('is an app id with files of keys', () => {
      const keys = { appId: 'A', privateKey: 'key.pem', platformKey: 'hub.pem' }
      const { privateKeyPem, platformPublicKeyPem } = identity
      const path = { path: '/whale', version: '4.0' }
      expect(keysIdentity(files, keys)?.identity).toEqual({ appId: 'A', privateKeyPem, platformPublicKeyPem, ...path })
      expect(keysIdentity(files, {})).toBeUndefined()
      expect(() => keysIdentity(files, { appId: 'A' })).toThrow('Give both')
      expect(() => keysIdentity(files, { appId: 'A', privateKey: 'hub.pem' })).toThrow('This is no private key')
    })

    it('may be told what to ask', () => {
      expect(ownQuestion(files, { action: 'MakeCode', biz: 'biz.json' })).toEqual({
        action: 'MakeCode',
        json: '{ "a": 1 }',
      })
      expect(ownQuestion(files, { action: 'ChannelTicketQuery' })).toEqual({ action: 'ChannelTicketQuery', json: '{}' })
      expect(ownQuestion(files, {})).toBeUndefined()
      expect(() => ownQuestion(files, { biz: 'biz.json' })).toThrow('--action NAME')
      expect(() => ownQuestion(files, { action: 'MakeCode', biz: 'list.json' })).toThrow('is no JSON object')
    })

    it('has options that other wires do not take', () => {
      expect(() => refuseWhaleOptions('lakala', { action: 'MakeCode' })).toThrow('lakala goes by --as FILE')
      expect(refuseWhaleOptions('lakala', {})).toBeUndefined()
    })
  })
})
