import { afterEach, describe, expect, it, test } from 'vitest'
import { douyinPaths, startDouyin } from '../../simulators/douyin.ts'
import type { Douyin, DouyinOptions } from '../../simulators/douyin.ts'
import type { CodeState } from '../../simulators/redeem-codes.ts'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createSender } from '../../src/http-out/send.ts'
import { createDouyin } from '../../src/suppliers/douyin/index.ts'
import type { CodeAnswer, RedeemAsk } from '../../src/suppliers/supplier.ts'
import { fences, quoted, readText, tables } from '../docs/pages.ts'
import { createClock } from '../support/clock.ts'
import { describeRedeemer, redeemAsk } from './redeemers.ts'
import { answering, stageOf } from './simulated.ts'

const now = () => new Date('2026-03-01T02:00:00.000Z')
const ours = { clientKey: 'aw-key', clientSecret: 'a-secret' }

describeRedeemer({
  supplier: createDouyin(now),
  start: async () => {
    const server = await startDouyin({ ...ours, now })
    const { prepare, verify, cancel } = douyinPaths
    const paths = { prepare, redeem: verify, reverse: cancel }
    return stageOf(server, { baseURL: server.url, linkURL: `${server.url}/s`, ...ours, accountId: '7241' }, paths)
  },
  badSettings: [
    ['baseURL', 'open.douyin.com'],
    ['linkURL', 'v.douyin.com'],
    ['clientKey', undefined],
    ['clientSecret', ''],
    ['accountId', 'two words'],
    ['poiId', '门店'],
  ],
})

describe('Douyin', () => {
  const sender = createSender({ guard: createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true }) })
  let server: Douyin
  afterEach(() => server.close())

  const start = async (options: Partial<DouyinOptions> = {}, clock = createClock()) => {
    const supplier = createDouyin(clock.now)
    server = await startDouyin({ ...ours, now: clock.now, ...options })
    const settings = supplier.settings.parse({ baseURL: server.url, linkURL: `${server.url}/s`, ...ours })
    const { redeemer } = supplier
    return {
      clock,
      prepare: (ask: RedeemAsk) => redeemer.prepare(settings, ask, sender.send),
      redeem: (ask: RedeemAsk) => redeemer.redeem(settings, ask, sender.send),
      reverse: (ask: RedeemAsk) => redeemer.reverse(settings, ask, sender.send),
    }
  }
  const withMemo = (ask: RedeemAsk, answer: CodeAnswer): RedeemAsk =>
    answer.kind === 'accepted' && answer.memo !== undefined
      ? { ...ask, memo: answer.memo }
      : expect.unreachable(JSON.stringify(answer))
  const tokensAsked = (): number => server.inbox.filter(({ path }) => path === douyinPaths.token).length

  it('says what a code is for', async () => {
    const { prepare } = await start()
    expect(await prepare({ ...redeemAsk, code: server.addCode() })).toEqual({
      kind: 'accepted',
      memo: expect.stringContaining('verifyToken') as string,
      name: '双人下午茶',
      faceValueFen: 12_800,
      validFrom: new Date('2025-12-31T16:00:00.000Z'),
      validUntil: new Date('2035-12-31T16:00:00.000Z'),
      usesLeft: 1,
    })
  })

  it('takes the contents of a QR code: its own short link, or the long one behind it', async () => {
    const { prepare } = await start()
    const code = server.addCode()
    expect(await prepare({ ...redeemAsk, code: server.linkOf(code) })).toMatchObject({ kind: 'accepted' })
    const objectId = encodeURIComponent(`CgYIASAHKAESLgos${Buffer.from(code).toString('base64')}/+=`)
    const long = `https://www.iesdouyin.com/share/?a=1&object_id=${objectId}&b=2`
    expect(await prepare({ ...redeemAsk, code: long })).toMatchObject({ kind: 'accepted' })
  })

  test.each(['http://169.254.169.254/latest', 'https://v.douyin.example.com/x', 'https://x/?object_id=%E0%A4%A'])(
    'follows no link of others: %s',
    async (code) => {
      const { prepare } = await start()
      expect(await prepare({ ...redeemAsk, code })).toMatchObject({ kind: 'refused', reason: 'coupon_not_found' })
      expect(server.inbox).toEqual([])
    },
  )

  test.each<[CodeState, string]>([
    ['expired', 'coupon_expired'],
    ['elsewhere', 'coupon_not_redeemable_here'],
  ])('refuses to use a code that is %s: %s', async (state, reason) => {
    const { prepare, redeem } = await start()
    const ask = { ...redeemAsk, code: server.addCode(state) }
    expect(await redeem(withMemo(ask, await prepare(ask)))).toMatchObject({ kind: 'refused', reason })
  })

  it.each<CodeState>(['used', 'refunded', 'early', 'frozen'])(
    'says in words for a till that nothing of a code that is %s can be used',
    async (state) => {
      const { prepare } = await start()
      const said = await prepare({ ...redeemAsk, code: server.addCode(state) })
      expect(said).toMatchObject({ kind: 'refused', message: '该券码没有可用的券' })
    },
  )

  it('is asked for a token once, by however many at a time, until a minute before its end', async () => {
    const { clock, prepare } = await start()
    const ask = { ...redeemAsk, code: server.addCode() }
    await Promise.all([prepare(ask), prepare(ask), prepare(ask)])
    clock.advance(7139)
    await prepare(ask)
    expect(tokensAsked()).toBe(1)
    clock.advance(1)
    await prepare(ask)
    expect(tokensAsked()).toBe(2)
  })

  it('that takes a token no more is asked for another one, and then once more', async () => {
    const { prepare } = await start()
    const ask = { ...redeemAsk, code: server.addCode() }
    await prepare(ask)
    server.dropToken()
    expect(await prepare(ask)).toMatchObject({ kind: 'accepted' })
    expect(tokensAsked()).toBe(2)
  })

  test.each(['500', 'garbage', 'closed', 'refuse'] as const)(
    'is not believed where it gives no token (%s), and is asked for one again',
    async (mode) => {
      const { prepare } = await start()
      const ask = { ...redeemAsk, code: server.addCode() }
      server.setMode({ path: douyinPaths.token, mode, times: 1 })
      expect(await prepare(ask)).toMatchObject({ kind: 'unknown' })
      expect(await prepare(ask)).toMatchObject({ kind: 'accepted' })
    },
  )

  it('that says 1208 is asked since when: another’s use is a no, one since we asked is nobody knows whose', async () => {
    const { clock, prepare, redeem } = await start({ isForgetful: true })
    const ask = { ...redeemAsk, at: clock.now(), code: server.addCode() }
    const prepared = withMemo(ask, await prepare(ask))
    expect(await redeem(prepared)).toMatchObject({ kind: 'accepted' })
    expect(await redeem(prepared)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('verify_id') as string,
    })
    clock.advance(61)
    expect(await redeem({ ...prepared, no: '2', at: clock.now() })).toMatchObject({
      kind: 'refused',
      code: '1208',
      reason: 'coupon_redeemed',
    })
    server.setMode({ path: douyinPaths.get, mode: '500', times: 1 })
    expect(await redeem({ ...prepared, no: '2', at: clock.now() })).toMatchObject({ kind: 'unknown' })
  })

  it('takes a use back for an hour, and says so then', async () => {
    const { clock, prepare, redeem, reverse } = await start()
    const ask = { ...redeemAsk, at: clock.now(), code: server.addCode() }
    const redeemed = withMemo(ask, await redeem(withMemo(ask, await prepare(ask))))
    clock.advance(3600)
    expect(await reverse(redeemed)).toMatchObject({ kind: 'refused', reason: 'redemption_not_reversible' })
    server.setMode({ path: douyinPaths.get, mode: 'garbage', times: 1 })
    expect(await reverse(redeemed)).toMatchObject({ kind: 'unknown' })
  })

  it('is asked nothing where the shop has no number there, or nothing was prepared', async () => {
    const { prepare, redeem, reverse } = await start()
    const { thirdShopNo: _, ...nowhere } = redeemAsk
    expect(await prepare(nowhere)).toMatchObject({ kind: 'refused', code: 'poi_id' })
    expect(await redeem(redeemAsk)).toMatchObject({ kind: 'refused', code: 'verify_token' })
    expect(await reverse({ ...redeemAsk, memo: '{"verifyId":"1"}' })).toMatchObject({ kind: 'refused' })
    expect(server.inbox).toEqual([])
  })
})

const token = { body: { data: { error_code: 0, access_token: 'clt.1', expires_in: 7200 } } }

describe('an answer of Douyin', () => {
  const memo = '{"verifyToken":"V","encryptedCode":"E"}'
  const redeem = (body: unknown): Promise<CodeAnswer> => {
    const supplier = createDouyin(now)
    const ask = { ...redeemAsk, memo }
    return supplier.redeemer.redeem(supplier.settings.parse(ours), ask, answering(token, { body }).send)
  }
  const results = (result: object) => ({ data: { error_code: 0, verify_results: [result] } })

  test.each([
    [{}],
    [{ data: {} }],
    [{ data: { error_code: 2_100_004, description: '系统繁忙' } }],
    [{ data: { error_code: 5, description: '券码679533922928已过期' } }],
    [{ data: { error_code: 0 }, extra: { error_code: 7, description: 'no' } }],
    [{ data: { error_code: 0 } }],
    [results({})],
    [results({ result: 0 })],
    [results({ result: 0, verify_id: '1' })],
    [results({ result: 9, msg: '服务器错误,请稍后重试' })],
    [{ data: { error_code: 2_190_008, description: 'access_token过期' } }],
  ])('to a redemption is unknown that says %j', async (body) => {
    const answer = await redeem(body)
    expect(answer).toMatchObject({ kind: 'unknown' })
    expect(JSON.stringify(answer)).not.toContain(redeemAsk.code)
  })

  it('has numbers of more than fifteen digits, and they are kept', async () => {
    const use = '{"result":0,"verify_id":7091180835810052103,"certificate_id":7091180835810052104}'
    expect(await redeem(`{"data":{"error_code":0,"verify_results":[${use}]}}`)).toEqual({
      kind: 'accepted',
      memo: '{"verifyId":"7091180835810052103","certificateId":"7091180835810052104","encryptedCode":"E"}',
    })
  })
})

describe('the page on Douyin', () => {
  const page = readText('docs/suppliers/douyin.md')
  const [prepareAnswer, verifyRequest, verifyAnswer, cancelRequest, cancelAnswer] = fences(page)
    .filter(({ language }) => language === 'json')
    .map(({ text }) => JSON.parse(text) as unknown)
  const [prepareLine = ''] = fences(page)
    .filter(({ language }) => language === 'http')
    .map(({ text }) => text)

  it('shows a redemption from its preparation to its reversal', async () => {
    const supplier = createDouyin(now)
    const settings = supplier.settings.parse(ours)
    const answers = [prepareAnswer, verifyAnswer, cancelAnswer].map((body) => ({ body }))
    const { send, sent } = answering(token, ...answers)
    const { redeemer } = supplier
    const prepared = await redeemer.prepare(settings, redeemAsk, send)
    if (prepared.kind !== 'accepted') return expect.unreachable()
    const redeemed = await redeemer.redeem(settings, { ...redeemAsk, memo: prepared.memo! }, send)
    if (redeemed.kind !== 'accepted') return expect.unreachable()
    expect(await redeemer.reverse(settings, { ...redeemAsk, memo: redeemed.memo! }, send)).toEqual({ kind: 'accepted' })
    const [, prepare, verify, cancel] = sent
    expect(`${prepare!.method} ${prepare!.url.replace(settings.baseURL, '')}`).toBe(prepareLine)
    expect(verify!.headers).toMatchObject({ 'access-token': 'clt.1' })
    expect(JSON.parse(verify!.body!)).toEqual(verifyRequest)
    expect(JSON.parse(cancel!.body!)).toEqual(cancelRequest)
  })

  it('has every setting', () => {
    const rows = tables(page).find(({ head }) => head[0] === 'setting')!.rows
    const names = Object.keys(createDouyin(now).settings.shape)
    expect(rows.flatMap(([name]) => quoted(name!)).toSorted()).toEqual(names.toSorted())
  })
})
