import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, test } from 'vitest'
import { meituanPaths, startMeituan } from '../../simulators/meituan.ts'
import type { CodeState } from '../../simulators/redeem-codes.ts'
import type { RedeemServer } from '../../simulators/redeem-server.ts'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createSender } from '../../src/http-out/send.ts'
import { createMeituan } from '../../src/suppliers/meituan/index.ts'
import { noes } from '../../src/suppliers/meituan/ask.ts'
import { fences, quoted, readText, tables } from '../docs/pages.ts'
import { describeRedeemer, redeemAsk } from './redeemers.ts'
import { answering, stageOf } from './simulated.ts'

const now = () => new Date('2026-03-01T02:00:00.000Z')
const supplier = createMeituan(now)
const { redeemer } = supplier
const ours = { developerId: '100567', signKey: 'a-sign-key', appAuthToken: 'a-token' }
const paths = {
  prepare: meituanPaths.prepare,
  redeem: meituanPaths.consume,
  reverse: meituanPaths.reverseconsume,
}

describeRedeemer({
  supplier,
  start: async () => {
    const server = await startMeituan({ ...ours, now })
    return stageOf(server, { baseURL: server.url, ...ours }, paths)
  },
  badSettings: [
    ['baseURL', 'api-open-cater.meituan.com'],
    ['developerId', undefined],
    ['businessId', '58 59'],
    ['signKey', ''],
    ['appAuthToken', undefined],
  ],
})

describe('Meituan', () => {
  const sender = createSender({ guard: createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true }) })
  let server: RedeemServer
  afterEach(() => server.close())
  const start = async (isForgetful = false) => {
    server = await startMeituan({ ...ours, now, isForgetful })
    return supplier.settings.parse({ baseURL: server.url, ...ours })
  }

  test.each<[CodeState, string, string]>([
    ['used', '1008', 'coupon_redeemed'],
    ['refunded', '1011', 'coupon_voided'],
    ['expired', '1009', 'coupon_expired'],
    ['early', '1015', 'coupon_not_yet_valid'],
    ['elsewhere', '1012', 'coupon_not_redeemable_here'],
    ['frozen', '1024', 'coupon_frozen'],
  ])('refuses a code that is %s with %s: %s', async (state, code, reason) => {
    const settings = await start()
    const ask = { ...redeemAsk, code: server.addCode(state) }
    expect(await redeemer.prepare(settings, ask, sender.send)).toMatchObject({ kind: 'refused', code, reason })
  })

  it('that has forgotten our number and says 1008 is asked whose use it was', async () => {
    const settings = await start(true)
    const ask = { ...redeemAsk, code: server.addCode() }
    const first = await redeemer.redeem(settings, ask, sender.send)
    expect(first).toMatchObject({ kind: 'accepted', memo: '{"dealId":"717171717171"}' })
    expect(await redeemer.redeem(settings, ask, sender.send)).toEqual(first)
    expect(await redeemer.redeem(settings, { ...ask, no: '2' }, sender.send)).toMatchObject({
      kind: 'refused',
      code: '1008',
      reason: 'coupon_redeemed',
    })
    server.setMode({ path: meituanPaths.getconsumed, mode: '500', times: 1 })
    expect(await redeemer.redeem(settings, ask, sender.send)).toMatchObject({ kind: 'unknown' })
  })

  it('that can take back no more says so, and is not believed where it does not know', async () => {
    const settings = await start()
    const ask = { ...redeemAsk, code: server.addCode() }
    await redeemer.redeem(settings, ask, sender.send)
    const other = { ...ask, memo: '{"dealId":"1"}' }
    expect(await redeemer.reverse(settings, other, sender.send)).toMatchObject({
      kind: 'refused',
      code: '1002',
      reason: 'redemption_not_reversible',
    })
    server.setMode({ path: meituanPaths.getconsumed, mode: 'garbage', times: 1 })
    expect(await redeemer.reverse(settings, other, sender.send)).toMatchObject({ kind: 'unknown' })
    expect(await redeemer.reverse(settings, ask, sender.send)).toMatchObject({ kind: 'refused', code: 'dealId' })
  })
})

describe('an answer of Meituan', () => {
  const settings = supplier.settings.parse(ours)

  test.each([{}, { code: '' }, { code: 1004 }, { code: 'OP_SYSTEM_ERROR', msg: '679533922928' }, { code: 500 }])(
    'is unknown that says %j',
    async (body) => {
      const answer = await redeemer.redeem(settings, redeemAsk, answering({ body }).send)
      expect(answer).toMatchObject({ kind: 'unknown' })
      expect(JSON.stringify(answer)).not.toContain(redeemAsk.code)
    },
  )

  it('is yes by OP_SUCCESS or 0, whatever it says of the deal', async () => {
    for (const code of ['OP_SUCCESS', 0, '0']) {
      const answer = await redeemer.redeem(settings, redeemAsk, answering({ body: { code, data: null } }).send)
      expect(answer).toEqual({ kind: 'accepted' })
    }
  })
})

describe('the page on Meituan', () => {
  const page = readText('docs/suppliers/meituan.md')
  const [asked = '', answer = ''] = fences(page)
    .filter(({ language }) => language === 'json')
    .map(({ text }) => text)
  const [text = '', form = ''] = fences(page)
    .filter(({ language }) => language === 'text')
    .map(({ text }) => text)
  const settings = supplier.settings.parse({ developerId: '100567', signKey: 'SIGNKEY', appAuthToken: 'TOKEN' })

  it('shows the request that redeems, how it is signed, and a yes', async () => {
    const { send, sent } = answering({ body: answer })
    expect(await redeemer.redeem(settings, redeemAsk, send)).toEqual({
      kind: 'accepted',
      memo: '{"dealId":"717171717171"}',
      name: '双人下午茶',
    })
    const posted = new URLSearchParams(sent[0]!.body)
    expect(posted.get('biz')).toBe(asked)
    expect(sent[0]!.body).toBe(form)
    expect(posted.get('sign')).toBe(createHash('sha1').update(text).digest('hex'))
  })

  it('has every code that is a no with its reason, and every setting', () => {
    const rows = tables(page).find(({ head }) => head[0] === 'code')!.rows
    const written = rows.map(([code, , reason]) => [quoted(code!)[0], quoted(reason!)[0]])
    expect(written).toEqual([...noes])
    const settingRows = tables(page).find(({ head }) => head[0] === 'setting')!.rows
    expect(settingRows.flatMap(([name]) => quoted(name!)).toSorted()).toEqual(
      Object.keys(supplier.settings.shape).toSorted(),
    )
  })
})
