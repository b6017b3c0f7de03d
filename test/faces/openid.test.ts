import { afterEach, beforeEach, expect, it, test } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { createWechatOauth, type WechatOauth } from '../../simulators/wechat-oauth.ts'
import { buildApp } from '../../src/app.ts'
import type { Core } from '../../src/core/core.ts'
import { addDeliverLink, updateDeliverLink } from '../../src/core/back-office/deliver-links.ts'
import { switchSetup } from '../../src/core/back-office/switch.ts'
import { createMetrics } from '../../src/metrics.ts'
import { createClock, operator } from '../support/acts.ts'
import { readText } from '../docs/pages.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { openTestHub, world } from '../support/world.ts'

const inWeChat = {
  'user-agent': 'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 MicroMessenger/8.0.49(0x1800312d) NetType/WIFI',
}
const inBrowser = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36' }
const wechatApp = { id: 'wx0123456789abcdef', secret: 'a-secret-of-WeChat' }
const page = readText('docs/faces/openid.md')
const example = (name: string): string => new RegExp(`\`\`\`text ${name}\\n(.*)\\n`).exec(page)![1]!
const link = '/deliverWM/1017578611540230144'
const wayBack = 'https://h5.bank.example/coupons?id=7'
const startUrl = `${link}?wmcb=${encodeURIComponent(wayBack)}`

describeOnOneDatabase('The openid link', (database) => {
  const clock = createClock()
  let core: Core
  let app: FastifyInstance
  let wechat: WechatOauth
  let asked: string[]
  /** What WeChat answers instead of its own answer, if anything. */
  let instead: (() => unknown) | undefined

  beforeEach(async () => {
    core = (await openTestHub(database(), { now: clock.now, config: { publicUrl: 'https://hub.example' } })).core
    wechat = createWechatOauth({ [wechatApp.id]: wechatApp.secret }, clock.now)
    asked = []
    instead = undefined
    const askWeChat = async (url: string): Promise<unknown> => {
      asked.push(url)
      return instead === undefined ? wechat.accessToken(new URL(url).searchParams).body : instead()
    }
    app = buildApp({ core, metrics: createMetrics(), readiness: async () => undefined, askWeChat })
    const hosts = ['H5.bank.example', '中国.example']
    await addDeliverLink(core, operator, {
      id: '1017578611540230144',
      channelId: world.channelId,
      wechatAppId: wechatApp.id,
      wechatSecret: wechatApp.secret,
      hosts,
    })
  })
  afterEach(() => app.close())

  const get = (url: string, headers: Record<string, string> = inWeChat) => app.inject({ method: 'GET', url, headers })
  /** Where WeChat would send the holder back to, as a path of the hub's. */
  async function throughWeChat(url = startUrl): Promise<string> {
    const authorize = new URL((await get(url)).headers.location!)
    const sent = wechat.authorize(authorize.searchParams)
    return 'location' in sent ? sent.location.replace('https://hub.example', '') : expect.unreachable()
  }
  const changed = (url: string, name: string, change: (value: string) => string): string => {
    const parsed = new URL(url, 'https://hub.example')
    parsed.searchParams.set(name, change(parsed.searchParams.get(name) ?? ''))
    return `${parsed.pathname}${parsed.search}`
  }

  it('sends a holder in WeChat to be named, and back with the openid at the end of the address', async () => {
    wechat.setOpenid('oRvltwHjF4p7g5j3h2k1j0i9h8g7')
    const start = await get(startUrl)
    expect(start.statusCode).toBe(302)
    const back = encodeURIComponent(`https://hub.example${link}/back?wmcb=${encodeURIComponent(wayBack)}`)
    expect(start.headers.location).toMatch(
      new RegExp(
        String.raw`^https://open\.weixin\.qq\.com/connect/oauth2/authorize\?appid=${wechatApp.id}` +
          String.raw`&redirect_uri=${back.replaceAll('.', String.raw`\.`)}&response_type=code&scope=snsapi_base` +
          String.raw`&state=[0-9A-Za-z]{1,128}&connect_redirect=1#wechat_redirect$`,
      ),
    )
    const answer = await get(await throughWeChat())
    expect(answer.statusCode).toBe(302)
    expect(answer.headers.location).toBe(`${wayBack}&openid=oRvltwHjF4p7g5j3h2k1j0i9h8g7&from=dshy`)
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    expect(asked.at(-1)).toMatch(/^https:\/\/api\.weixin\.qq\.com\/sns\/oauth2\/access_token\?appid=wx/)
  })

  it('is what its page shows', async () => {
    await updateDeliverLink(core, operator, { id: '1017578611540230144', hosts: ['h5.example.com'] })
    wechat.setOpenid('oRvltwHjF4p7g5j3h2k1j0i9h8g7')
    const back = await throughWeChat(example('link').replace('https://hub.example.com', ''))
    expect((await get(back)).headers.location).toBe(example('back'))
  })

  it('takes an address that is not encoded to its very end', async () => {
    const answer = await get(await throughWeChat(`${link}?wmcb=https://h5.bank.example/a?b=1&c=2`))
    expect(answer.headers.location).toMatch(/^https:\/\/h5\.bank\.example\/a\?b=1&c=2&openid=[\w-]+&from=dshy$/)
  })

  it('shows an address that is too long for a QR code to be copied, of any length that may be sent', async () => {
    for (const characters of [100, 280, 700]) {
      const address = `https://中国.example/${'券'.repeat(characters)}`
      const shown = await get(`${link}?wmcb=${encodeURIComponent(address)}`, {})
      expect(shown.statusCode).toBe(200)
      expect(shown.body.includes('<svg')).toBe(characters === 100)
      expect(shown.body).toContain(encodeURIComponent('券券'))
    }
  })

  it('shows a QR code of itself outside of WeChat', async () => {
    const answer = await get(startUrl, inBrowser)
    expect(answer.statusCode).toBe(200)
    expect(answer.payload).toContain('<svg')
    expect(answer.payload).toContain('请在微信中打开')
    expect(answer.payload).toContain(`https://hub.example${startUrl}`)
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
  })

  it('redirects to no host that is not on the list, whatever the address pretends', async () => {
    const addresses = [
      'https://evil.example/',
      'https://h5.bank.example@evil.example/',
      'https://evil.example\\@h5.bank.example/',
      '//evil.example/',
      '//h5.bank.example/',
      'https://H5.BANK.EXAMPLE.EVIL.EXAMPLE/',
      'https://xn--h5-bank.example/',
      'javascript:alert(1)',
      'https://h5.bank.example\r\nX: y/',
    ]
    for (const headers of [inWeChat, inBrowser]) {
      for (const address of addresses) {
        const answers = [encodeURIComponent(address), address.replace(/\s/g, '')].map((wmcb) =>
          get(`${link}?wmcb=${wmcb}`, headers),
        )
        for (const answer of await Promise.all(answers)) {
          expect([address, answer.statusCode, answer.headers.location]).toEqual([address, 400, undefined])
          expect(answer.payload).not.toContain('evil')
        }
      }
    }
    expect((await get(`${link}?wmcb=${encodeURIComponent('https://中国.example/')}`)).statusCode).toBe(302)
  })

  it('believes no state that is forged, of another link or another way back, or old', async () => {
    const back = await throughWeChat()
    const flip = (state: string): string => `${state.slice(0, -1)}${state.endsWith('0') ? '1' : '0'}`
    const otherWay = changed(back, 'wmcb', () => 'https://h5.bank.example/other')
    for (const url of [changed(back, 'state', flip), changed(back, 'state', () => ''), otherWay]) {
      expect((await get(url)).statusCode).toBe(400)
    }
    await addDeliverLink(core, operator, {
      id: 'another',
      channelId: world.channelId,
      wechatAppId: wechatApp.id,
      wechatSecret: wechatApp.secret,
      hosts: ['h5.bank.example'],
    })
    expect((await get(back.replace(link, '/deliverWM/another'))).statusCode).toBe(400)
    clock.advance(601)
    const old = await get(back)
    expect([old.statusCode, old.headers.location]).toEqual([200, undefined])
    expect(old.payload).toContain('再试一次')
    expect(asked).toEqual([])
  })

  it('asks to try again where a code was used already (40163)', async () => {
    const back = await throughWeChat()
    await get(back)
    const again = await get(back)
    expect([again.statusCode, again.headers.location]).toEqual([200, undefined])
    expect(again.payload).toContain(`href="https://hub.example${startUrl}"`)
  })

  test.each([
    ['says nothing', () => undefined, 200, '再试一次'],
    ['says nonsense', () => 'nonsense', 200, '再试一次'],
    ['is busy (-1)', () => ({ errcode: -1, errmsg: 'system error' }), 200, '再试一次'],
    ['names nobody', () => ({ access_token: 'a' }), 200, '再试一次'],
    ['names somebody who could not be in an address', () => ({ openid: 'a&b=c' }), 200, '再试一次'],
    ['names a stand-in', () => ({ openid: 'oSnap', is_snapshotuser: 1 }), 200, '使用完整服务'],
    ['does not know the app (40013)', () => ({ errcode: 40013 }), 502, '设置有误'],
    ['does not take the secret (40125)', () => ({ errcode: 40125 }), 502, '设置有误'],
  ])('shows a page that helps where WeChat %s', async (_, answer, status, words) => {
    instead = answer
    const shown = await get(await throughWeChat())
    expect([shown.statusCode, shown.headers.location]).toEqual([status, undefined])
    expect(shown.payload).toContain(words)
    expect(shown.payload).not.toContain(wechatApp.secret)
  })

  it('is not there where the link is unknown or switched off, or its channel is', async () => {
    expect((await get('/deliverWM/unknown?wmcb=https://h5.bank.example')).statusCode).toBe(404)
    await switchSetup(core, operator, 'deliver-link', ['1017578611540230144'], false)
    expect((await get(startUrl)).statusCode).toBe(404)
    await switchSetup(core, operator, 'deliver-link', ['1017578611540230144'], true)
    await switchSetup(core, operator, 'channel', [world.channelId], false)
    expect((await get(startUrl)).statusCode).toBe(404)
  })

  it('takes GET alone', async () => {
    const answer = await app.inject({ method: 'POST', url: startUrl, payload: {} })
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  it('keeps the secret of the app at WeChat encrypted, and out of the audit', async () => {
    await updateDeliverLink(core, operator, { id: '1017578611540230144', wechatSecret: 'another-secret' })
    const rows = await database().sql`
      select row_to_json(l)::text as text from deliver_links l union all select row_to_json(a)::text from audit a`
    const text = JSON.stringify(rows)
    expect(text).toContain('deliver-link.update')
    expect(text).not.toMatch(/another-secret|a-secret-of-WeChat/)
    expect((await get(await throughWeChat())).statusCode).toBe(502)
  })

  test.each(['https://h5.bank.example', 'h5.bank.example/a', 'user@h5.bank.example', '*.bank.example', 'h5 bank', ''])(
    'refuses %j as a host',
    async (host) => {
      const change = updateDeliverLink(core, operator, { id: '1017578611540230144', hosts: [host] })
      await expect(change).rejects.toMatchObject({ code: 'bad_request', field: 'hosts' })
    },
  )
})
