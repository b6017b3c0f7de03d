import { request } from 'undici'
import { afterEach, describe, expect, it, test } from 'vitest'
import { douyinPaths, startDouyin } from './douyin.ts'
import { startHttpRedeem } from './http-redeem.ts'
import { meituanPaths, startMeituan } from './meituan.ts'
import type { RedeemServer } from './redeem-server.ts'

const now = () => new Date('2026-03-01T02:00:00.000Z')

let server: RedeemServer
afterEach(() => server.close())

async function call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, headers = {}) {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await request(server.url + path, { method, headers, body: text ?? null })
  const said = await answer.body.text()
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: (said.startsWith('{') || said.startsWith('[') ? JSON.parse(said) : said) as Record<string, unknown>,
  }
}

describe('a supplier of codes that are redeemed', () => {
  const start = async () => (server = await startHttpRedeem({ keyId: 'k', key: 'x'.repeat(32), now, codesLimit: 2 }))

  it('adds codes over HTTP, tells of them, and forgets the oldest', async () => {
    await start()
    expect(await call('POST', '/codes', { code: 'A1', state: 'expired' })).toMatchObject({ body: { state: 'expired' } })
    const made = (await call('POST', '/codes', {})).body
    expect(made).toEqual({ code: expect.stringMatching(/^\d{12}$/) as string, state: 'unused' })
    await call('POST', '/codes', { code: 'A3' })
    expect((await call('GET', '/codes')).body).toMatchObject([made, { code: 'A3', state: 'unused' }])
    expect(server.codeOf('A1')).toBeUndefined()
    expect(server.inbox).toEqual([])
  })

  test.each([[[]], [{ code: '' }], [{ code: 'two words' }], [{ state: 'gone' }], ['no JSON']])(
    'refuses to add %j, and says what to change',
    async (body) => {
      await start()
      const { status, body: said } = await call('POST', '/codes', body)
      expect(status).toBe(400)
      expect(said['error']).toMatch(/is to be/)
    },
  )

  it('explains itself, and answers as it is told to', async () => {
    await start()
    expect((await call('GET', '/')).body).toContain('/codes')
    expect(await call('POST', '/mode', { path: '/redeem', mode: 'lazy' })).toMatchObject({ status: 400 })
    expect(await call('POST', '/mode', { path: '/redeem', mode: '500', times: 1 })).toMatchObject({ status: 200 })
    expect(await call('POST', '/redeem', {})).toMatchObject({ status: 500 })
    expect(await call('POST', '/redeem', {})).toMatchObject({ status: 401 })
    expect((await call('GET', '/inbox')).body).toMatchObject([{ mode: '500' }, { mode: 'ok', text: '{}' }])
  })
})

describe('Meituan’s gateway', () => {
  it('refuses a form that is not signed', async () => {
    server = await startMeituan({ developerId: '1', signKey: 'K', appAuthToken: 'T', now })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { body } = await call('POST', meituanPaths.prepare, 'developerId=1&biz=%7B%7D&sign=0', headers)
    expect(body).toMatchObject({ code: 100_002 })
  })
})

describe('Douyin’s open platform', () => {
  it('gives a token for the right secret alone, and nothing without one', async () => {
    server = await startDouyin({ clientKey: 'K', clientSecret: 'S', now })
    const ask = { client_key: 'K', client_secret: 'S', grant_type: 'client_credential' }
    const wrong = await call('POST', douyinPaths.token, { ...ask, client_secret: 'T' })
    expect(wrong.body['data']).toMatchObject({ error_code: 10_003 })
    const given = (await call('POST', douyinPaths.token, ask)).body['data'] as Record<string, string>
    expect(given).toMatchObject({ error_code: 0, expires_in: 7200 })
    const path = `${douyinPaths.prepare}?code=${server.addCode()}&poi_id=1`
    expect((await call('GET', path)).body['data']).toMatchObject({ error_code: 2_190_008 })
    const headers = { 'access-token': given['access_token'] }
    expect((await call('GET', path, undefined, headers)).body['data']).toMatchObject({ error_code: 0 })
    expect((await call('POST', douyinPaths.prepare, {}, headers)).body['data']).toMatchObject({ error_code: 2_100_005 })
  })

  it('leads a short link to a long one with an object_id', async () => {
    server = await startDouyin({ clientKey: 'K', clientSecret: 'S', now })
    const { status, headers } = await call('GET', '/s/679533922928')
    expect(status).toBe(302)
    expect(headers['location']).toMatch(/[?&]object_id=[^&+/=]+&/)
  })
})
