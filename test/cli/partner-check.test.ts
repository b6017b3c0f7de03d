import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { authorizeRequest } from '../../simulators/lakala-signature.ts'
import { buildApp } from '../../src/app.ts'
import { checkLakalaFiles, checkShoubeiFiles } from '../../src/cli/partner/check-files.ts'
import { checkLakalaHub, checkShoubeiHub } from '../../src/cli/partner/check-hub.ts'
import type { Finding } from '../../src/cli/partner/finding.ts'
import { identitySchemas, readIdentity, type LakalaIdentity } from '../../src/cli/partner/identity.ts'
import { mistakes } from '../../src/cli/partner/mistakes.ts'
import type { Core } from '../../src/core/core.ts'
import { createMetrics } from '../../src/metrics.ts'
import { parsePrivateKey } from '../../src/wire/rsa.ts'
import { shoubeiSign } from '../../src/wire/shoubei-signature.ts'
import { useDatabase } from '../support/database.ts'
import { testKeys } from '../support/keys.ts'
import { openTestHub, world } from '../support/world.ts'
import { runCli } from './run-cli.ts'

const { bank, platform } = testKeys()
const lakala: LakalaIdentity = identitySchemas.lakala.parse({
  ...world.lakala,
  privateKeyPem: bank.privateKeyPem,
  platformPublicKeyPem: platform.publicKeyPem,
  ownerId: world.channelId,
  activityId: world.activityId,
})
const shoubei = identitySchemas.shoubei.parse({
  ...world.shoubei,
  merchantNo: world.merchantNo,
  shopNo: world.shopNo,
})
const wordsOf = (findings: Finding[]): string => findings.map(({ isGood, words }) => `${isGood} ${words}`).join('\n')
const clock =
  (seconds = 0) =>
  () =>
    new Date(Date.now() + seconds * 1000)

describe('partner check against a hub', () => {
  let core: Core
  let app: FastifyInstance
  let url: string

  beforeEach(async () => {
    core = (await openTestHub(await useDatabase('embedded'))).core
    app = buildApp({
      core,
      metrics: createMetrics(),
      readiness: async () => undefined,
      askWeChat: async () => undefined,
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  })
  afterEach(() => app.close())

  it('finds nothing wrong where nothing is', async () => {
    const all = [await checkLakalaHub(url, lakala, clock()), await checkShoubeiHub(url, shoubei, clock())].flat()
    expect(all).toHaveLength(6)
    expect(wordsOf(all)).not.toContain('false')
  })

  test.each([
    ['an unknown app', { appid: 'NOBODY' }, 0, /does not know who asks[^]*The answer is not signed/],
    ['another private key', { privateKeyPem: platform.privateKeyPem }, 0, /holds another key for this app/],
    ['an old platform key', { platformPublicKeyPem: bank.publicKeyPem }, 0, /platformPublicKeyPem is not the key/],
    ['a clock ahead', {}, 1_000, /clocks are too far apart[^]*clock is (999|1000|1001) s ahead of the hub's/],
    ['a clock behind', {}, -200, /clock is (199|200|201) s behind the hub's\. A hub takes 300 s/],
    ['another owner', { ownerId: 'OTHER' }, 0, /may not act for this owner_id/],
  ])("names %s on Lakala's wire", async (_, other, seconds, words) => {
    const findings = await checkLakalaHub(url, { ...lakala, ...other }, clock(seconds))
    expect(wordsOf(findings)).toMatch(words)
    expect(findings.some(({ isGood }) => !isGood)).toBe(true)
  })

  test.each([
    ['an unknown institution', { instNo: '1' }, 0, /does not know who asks[^]*The answer is not signed/],
    ['another key', { key: 'another' }, 0, /holds another key for this app[^]*The answer's sign is wrong/],
    ['a clock ahead', {}, 1_000, /clocks are too far apart[^]*clock is (999|1000|1001) s ahead/],
    ['an unknown shop', { shopNo: 'S999' }, 0, /must be known to the hub/],
  ])("names %s on Shoubei's wire", async (_, other, seconds, words) => {
    expect(wordsOf(await checkShoubeiHub(url, { ...shoubei, ...other }, clock(seconds)))).toMatch(words)
  })

  it('names an address that is not allowed', async () => {
    await runCli(core, ['app', 'update', 'lakala', world.lakala.appid, '--networks', '10.0.0.0/8'])
    await core.setup.refresh()
    expect(wordsOf(await checkLakalaHub(url, lakala, clock()))).toContain("requests from this machine's address")
  })

  it('names what is no hub, and where nothing listens', async () => {
    const elsewhere = { ...lakala, queryPath: '/healthz' }
    expect(wordsOf(await checkLakalaHub(url, elsewhere, clock()))).toContain(
      'speaks in no words of this wire (HTTP 404',
    )
    expect(wordsOf(await checkLakalaHub('http://127.0.0.1:1', lakala, clock()))).toContain('nothing listens there')
  })
})

describe("partner check of a client's files", () => {
  const bytes = (text: string): Uint8Array => Buffer.from(text)
  const body = '{"owner_id":"OWNER1","mer_order_id":"A1","activity_id":"ACT1"}'
  const identity = { ...world.lakala, timestamp: '1698215062', nonce: 'a1B2c3D4e5F6' }
  const raw = (authorization: string, sent = body): string =>
    `POST /lakala/coupons/query HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: ${authorization}\r\n\r\n${sent}`
  const authorization = authorizeRequest(identity, body, parsePrivateKey(bank.privateKeyPem))
  const checkLakala = (request: string | undefined, text?: string): string => {
    const files = { request: request && bytes(request), text: text === undefined ? undefined : bytes(text) }
    return wordsOf(checkLakalaFiles(files as Parameters<typeof checkLakalaFiles>[0], lakala, new Date()))
  }
  const good = `${identity.appid}\n${identity.serialNo}\n${identity.timestamp}\n${identity.nonce}\n${body}\n`

  test.each([
    ['as it is', raw(authorization)],
    ['with the line end of an editor', `${raw(authorization)}\n`],
    ['with a Content-Length', raw(authorization).replace('\r\n\r\n', `\r\nContent-Length: ${body.length}\r\n\r\n`)],
    ['with line feeds alone', raw(authorization).replaceAll('\r\n', '\n')],
  ])('a request that is signed well holds, %s', (_, request) => {
    expect(checkLakala(request)).toBe('true The signature holds.')
  })

  it('a request and its string are compared with each other', () => {
    expect(checkLakala(raw(authorization), good)).not.toContain('false')
    const words = checkLakala(raw(authorization), good.slice(0, -1))
    expect(words).toContain('differs first in the end of line 5')
    expect(words).toContain(mistakes.noLastLineFeed)
    expect(words).toContain('true The signature holds.')
  })

  it('a body that was written anew after it was signed is named', () => {
    expect(checkLakala(raw(authorization, body.replaceAll(':', ': ')))).toContain(mistakes.reserialised)
  })

  it('a string alone is compared with what can be known of it', () => {
    expect(checkLakala(undefined, good)).toBe('true The string to sign is the one that is expected.')
    expect(checkLakala(undefined, good.replace('1698215062', '1698215062000'))).toContain(mistakes.milliseconds)
  })

  it('a request without a body, without a header or of another app hears that', () => {
    expect(checkLakala('POST / HTTP/1.1\r\n\r\n')).toContain('has no body')
    expect(checkLakala(`Host: x\n\n${body}`)).toContain('There is no Authorization header.')
    expect(checkLakala(raw(authorization.replace('LKL001', 'OTHER')))).toContain('names the appid OTHER')
  })

  const fields = { inst_no: world.shoubei.instNo, ts: '20260301100000', amount: '' }
  const till = (sign: string, more = ''): Uint8Array =>
    bytes(`POST /openpay/coupon/wf HTTP/1.1\n\n${JSON.stringify({ ...fields, sign }).replace('}', `${more}}`)}`)
  const checkTill = (request: Uint8Array): string => wordsOf(checkShoubeiFiles({ request, text: undefined }, shoubei))

  it("a till's request is judged by its sign", () => {
    const { key } = world.shoubei
    expect(checkTill(till(shoubeiSign(fields, key)))).toBe('true The sign is right.')
    expect(checkTill(till(shoubeiSign(fields, key).toUpperCase()))).toContain(mistakes.upperCase)
    expect(checkTill(till(''))).toContain('has no sign')
    expect(checkTill(till('x', ',"list":[]'))).toContain('list must be a string')
    expect(checkTill(till('x', ',"ts":"1"'))).toContain('duplicate key')
  })
})

describe('who partner check speaks as', () => {
  const read = (content: string) => readIdentity(content, 'lakala', identitySchemas.lakala, 'bank.json')

  it('stands in a whole sandbox.json, or in one block of it', () => {
    expect(read(JSON.stringify({ url: 'http://hub', lakala }))).toEqual({ identity: lakala, url: 'http://hub' })
    expect(read(JSON.stringify(lakala))).toEqual({ identity: lakala, url: undefined })
  })

  it('is refused with everything that is wrong in the file', () => {
    const words = /bank\.json does not say[^]*serialNo: [^]*privateKeyPem: This is no private key/
    expect(() => read('{"appid":"A","privateKeyPem":"no key"}')).toThrow(words)
    expect(() => read('[]')).toThrow('is no JSON object')
  })
})
