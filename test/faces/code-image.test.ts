import Fastify, { type FastifyBaseLogger, type FastifyInstance, type InjectOptions } from 'fastify'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import { changeSetUp } from '../support/acts.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import {
  codeImagePrefix,
  codeImageRoutes,
  makeCodeToken,
  readCodeToken,
  codeTypes,
  renderCode,
} from '../../src/faces/code-image.ts'
import { useDatabase } from '../support/database.ts'
import { issueCommand, openTestHub, world } from '../support/world.ts'
import { addPool, poolTemplate } from './pool.ts'

const svg = { accept: 'image/svg+xml' }

describe('the image of a code', () => {
  let core: Core
  let app: FastifyInstance
  let logged: string

  const tokenOf = async (templateId: string = world.templates.normal) => {
    const { coupons } = await core.issue(issueCommand(new Date(), { templateId }))
    const { code, coupon } = coupons[0]!
    return { code, coupon, token: makeCodeToken(core.hub.keyring, coupon) }
  }
  const ask = (token: string, { query = '', ...options }: InjectOptions & { query?: string } = {}) =>
    app.inject({ url: `${codeImagePrefix}/${token}${query}`, ...options })

  beforeEach(async () => {
    core = (await openTestHub(await useDatabase('embedded'))).core
    logged = ''
    const log: FastifyBaseLogger = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) })
    app = Fastify({ loggerInstance: log, exposeHeadRoutes: false })
    await app.register(codeImageRoutes(core), { prefix: codeImagePrefix })
  })
  afterEach(() => app.close())

  test.each([
    ['a QR code where nothing is said', '', 'QRCODE'],
    ['a QR code', '?type=QRCODE', 'QRCODE'],
    ['a bar code', '?type=BARCODE', 'BARCODE'],
  ] as const)('is the PNG of %s', async (_, query, type) => {
    const { code, token } = await tokenOf()
    const answer = await ask(token, { query })
    expect(answer.headers['content-type']).toBe('image/png')
    expect(answer.rawPayload).toEqual(await renderCode(code, type, 'png'))
  })

  test.each(codeTypes)('is the SVG of a %s where that is preferred', async (type) => {
    const { code, token } = await tokenOf()
    const answer = await ask(token, { query: `?type=${type}`, headers: svg })
    expect(answer.headers['content-type']).toBe('image/svg+xml; charset=utf-8')
    expect(answer.payload).toBe(await renderCode(code, type, 'svg'))
  })

  it('shows a code of a pool like one of our own', async () => {
    await core.hub.database.transaction(async (tx) => {
      await raiseSetupVersion(tx)
      await addPool(tx, core.hub.keyring, ['POOL-AAAA-1'])
    })
    await core.setup.refresh()
    const { code, token } = await tokenOf(poolTemplate)
    expect(code).toBe('POOL-AAAA-1')
    expect((await ask(token, { headers: svg })).payload).toBe(await renderCode(code, 'QRCODE', 'svg'))
  })

  it('is the same when it is asked for again, by another token of the coupon too', async () => {
    const { coupon, token } = await tokenOf()
    const [first, again, other] = [
      await ask(token),
      await ask(token),
      await ask(makeCodeToken(core.hub.keyring, coupon)),
    ]
    expect(again.rawPayload).toEqual(first.rawPayload)
    expect(other.rawPayload).toEqual(first.rawPayload)
    expect((await ask((await tokenOf()).token)).rawPayload).not.toEqual(first.rawPayload)
  })

  it('is announced by HEAD without being sent', async () => {
    const { token } = await tokenOf()
    const [asked, announced] = [await ask(token), await ask(token, { method: 'HEAD' })]
    expect(announced.statusCode).toBe(200)
    expect(announced.payload).toBe('')
    expect(announced.headers['content-length']).toBe(String(asked.rawPayload.length))
  })

  it('is kept by nobody, taken for nothing else, and its code stands in no header and no log', async () => {
    const { code, token } = await tokenOf()
    for (const headers of [{}, svg]) {
      const answer = await ask(token, { headers })
      expect(answer.headers).toMatchObject({
        'cache-control': 'private, no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'",
      })
      expect(JSON.stringify(answer.headers)).not.toContain(code)
    }
    expect(logged).not.toContain(code)
  })

  test.each([
    ['another type', '?type=PDF417', 400, { error: 'bad_request', message: 'type must be QRCODE or BARCODE' }],
    ['two types', '?type=QRCODE&type=BARCODE', 400, { error: 'bad_request' }],
    ['more behind the token', '/more', 404, { error: 'not_found' }],
  ])('is refused with %s', async (_, query, status, words) => {
    const answer = await ask((await tokenOf()).token, { query })
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject(words)
    expect(answer.headers['cache-control']).toBe('private, no-store')
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('is not to be had by %s', async (method) => {
    const { token } = await tokenOf()
    const body = { payload: 'x', headers: { 'content-type': 'text/plain' } }
    const answer = await ask(token, { method, ...(method === 'OPTIONS' ? {} : body) })
    expect([answer.statusCode, answer.headers['allow'], answer.json()]).toEqual([
      405,
      'GET, HEAD',
      { error: 'method_not_allowed' },
    ])
  })

  it('is not found by a token that this hub has not made', async () => {
    const { token } = await tokenOf()
    const changed = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BA' : 'AA'}`
    for (const wrong of ['', 'x', '%00', changed, `${token}=`, 'A'.repeat(60), 'A'.repeat(100)]) {
      const answer = await ask(wrong)
      expect([wrong, answer.statusCode, answer.json()]).toEqual([wrong, 404, { error: 'not_found' }])
    }
    expect(logged).not.toContain('"level":50')
  })

  it('says nothing of why it cannot be drawn', async () => {
    const { coupon } = await tokenOf()
    const answer = await ask(makeCodeToken(core.hub.keyring, { ...coupon, sourceId: 77 }))
    expect([answer.statusCode, answer.json()]).toEqual([500, { error: 'system_error' }])
    expect(logged).toContain('of pool 77 is missing')
  })

  it('can be had again after it once failed', async () => {
    const { coupon } = await tokenOf()
    const token = makeCodeToken(core.hub.keyring, { ...coupon, sourceId: 2, serial: 0 })
    expect((await ask(token)).statusCode).toBe(500)
    await core.hub.database.transaction((tx) => addPool(tx, core.hub.keyring, ['POOL-AAAA-1']))
    await changeSetUp(core.hub.database, 'select 1')
    await core.setup.refresh()
    expect((await ask(token)).statusCode).toBe(200)
  })
})

describe("a coupon's token", () => {
  const open = async () => (await openTestHub(await useDatabase('embedded'))).hub.keyring

  test.each([
    { lane: 0, sourceId: 1, serial: 0 },
    { lane: 1_023, sourceId: 2_147_483_647, serial: Number.MAX_SAFE_INTEGER },
  ])('names $lane/$sourceId/$serial and is short', async (coupon) => {
    const keyring = await open()
    const token = makeCodeToken(keyring, coupon)
    expect(token).toMatch(/^[A-Za-z0-9_-]{40,72}$/)
    expect(readCodeToken(keyring, token)).toEqual(coupon)
  })

  it('is read from no other ciphertext of the hub', async () => {
    const keyring = await open()
    for (const text of [
      '',
      '1.1.1',
      'c1.1.1',
      'c\0',
      'c\x001.1',
      'c\x001.1.1.1',
      'c\x001.1.-1',
      'd\x001.1.1',
      'o-openid',
    ]) {
      expect(readCodeToken(keyring, keyring.encrypt(text).toString('base64url'))).toBeUndefined()
    }
  })

  it('is no token any more once a character was changed', async () => {
    const keyring = await open()
    const token = makeCodeToken(keyring, { lane: 1, sourceId: 2, serial: 3 })
    for (let index = 0; index < token.length; index += 1) {
      const changed = `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`
      expect(readCodeToken(keyring, changed)).toBeUndefined()
    }
  })
})
