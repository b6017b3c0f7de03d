import { randomUUID } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import { shoubeiPaths } from '../../src/faces/shoubei/index.ts'
import { wordsOf } from '../../src/faces/shoubei/words.ts'
import { createShoubei } from '../../src/suppliers/shoubei/index.ts'
import { refusals } from '../../src/suppliers/shoubei/ask.ts'
import type { CodeAnswer } from '../../src/suppliers/supplier.ts'
import { fences, quoted, readText, tables } from '../docs/pages.ts'
import { md5Sign } from '../faces/partners.ts'
import { createClock } from '../support/clock.ts'
import { useDatabase } from '../support/database.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'
import { openHubBehind, type HubBehind, type Say } from './hub-behind.ts'
import { describeRedeemer, redeemAsk, type RedeemStage } from './redeemers.ts'
import { answering } from './simulated.ts'

const { instNo, key } = world.shoubei
const { wf, cancel, prepareuse } = shoubeiPaths
const pathOf = { prepare: prepareuse, redeem: wf, reverse: cancel }

const signed = (fields: Record<string, string | null>): string =>
  JSON.stringify({ ...fields, sign: md5Sign(fields, key) })

const say: Say = (_path, fault) =>
  fault === 'refuse'
    ? { body: signed({ return_code: '0239', return_msg: '超出使用限制', result_code: 'FAIL', order_no: null }) }
    : { body: signed({ return_code: 'FAIL', return_msg: '系统繁忙，请查询', order_no: null }) }

const stageOf = (hub: HubBehind): RedeemStage => ({
  written: { baseURL: `${hub.url}/openpay`, instNo, key },
  makeCode: async () => {
    const given = { memberId: `62${randomUUID().slice(0, 12)}`, openid: randomUUID() }
    return (await hub.core.issue(issueCommand(hub.clock.now(), given))).coupons[0]!.code
  },
  usesOf: async (code) => {
    const { coupon } = await hub.core.checkCoupon(redeemCommand(code, hub.clock.now()))
    return 1 - coupon.usesLeft
  },
  // The line is as slow as the hub: what is slow besides shows with the simulators.
  fail: (operation, fault) => (fault === 'slow' ? undefined : hub.fail(pathOf[operation], fault)),
  close: hub.close,
})

// On one database: what differs between them is not on this wire.
describe('a hub behind the hub', () => {
  describeRedeemer({
    supplier: createShoubei(createClock().now),
    start: async () => stageOf(await openHubBehind(await useDatabase('embedded'), say)),
    ask: { thirdShopNo: world.shopNo },
    badSettings: [
      ['baseURL', 'open.51shoubei.com'],
      ['instNo', undefined],
      ['key', 'short'],
      ['merchantNo', 'two words'],
      ['channelType', '1000'],
    ],
  })
})

const supplier = createShoubei(() => new Date('2026-03-01T02:00:00.000Z'))
const { redeemer } = supplier
const settings = supplier.settings.parse({ instNo, key })
const redeem = (...bodies: Record<string, string | null>[]): Promise<CodeAnswer> =>
  redeemer.redeem(settings, redeemAsk, answering(...bodies.map((body) => ({ body: signed(body) }))).send)

describe('a refusal over Shoubei’s wire', () => {
  const business = refusals.filter(([code]) => !['0227', '0235'].includes(code))

  test.each(business)('is read in both styles, and by its words: %s %s', async (code, words, reason) => {
    const sample = { return_code: code, return_msg: words, result_code: 'FAIL' }
    const table = { return_code: 'SUCCESS', return_msg: `${code} ${words}`, result_code: 'FAIL' }
    const refusal = { kind: 'refused', code, message: words, reason }
    expect(await redeem(sample)).toEqual(refusal)
    expect(await redeem(table)).toEqual(refusal)
    expect(await redeem({ ...table, return_msg: words })).toEqual({ ...refusal, code: 'FAIL' })
  })

  it('has the codes and the words that a hub has', () => {
    for (const [code, msg, reason] of refusals) expect(wordsOf[reason]).toEqual({ code, msg })
  })

  it('that the code is used is believed once the query knows nothing of our number', async () => {
    const used = { return_code: '0227', return_msg: '券码已使用', result_code: 'FAIL' }
    const none = { return_code: '0235', return_msg: '核销记录不存在', result_code: 'FAIL' }
    const ours = { return_code: 'SUCCESS', result_code: 'SUCCESS', order_no: '77', wf_trace_no: redeemAsk.no }
    expect(await redeem(used, none)).toMatchObject({ kind: 'refused', reason: 'coupon_redeemed' })
    expect(await redeem(used, { ...ours, status: 'CANCELLED' })).toMatchObject({ kind: 'refused' })
    expect(await redeem(used, { ...ours, status: 'SUCCESS' })).toEqual({ kind: 'accepted', memo: '{"orderNo":"77"}' })
    expect(await redeem(used, { ...ours, status: 'PENDING' })).toMatchObject({ kind: 'unknown' })
    expect(await redeem(used, { return_code: 'FAIL', return_msg: '验签失败' })).toMatchObject({ kind: 'unknown' })
    expect(await redeem(used, used)).toMatchObject({ kind: 'unknown' })
  })
})

describe('an answer over Shoubei’s wire', () => {
  const yes = { return_code: 'SUCCESS', return_msg: '操作成功', result_code: 'SUCCESS', order_no: '77' }

  test.each([
    {},
    { return_code: 'FAIL', return_msg: '参数不合法: 679533922928' },
    { return_code: 'SUCCESS' },
    { ...yes, return_code: '0227' },
    { ...yes, order_no: null },
    { ...yes, wf_trace_no: 'another' },
  ])('is unknown that says %j', async (body) => {
    const answer = await redeem(body)
    expect(answer).toMatchObject({ kind: 'unknown' })
    expect(JSON.stringify(answer)).not.toContain(redeemAsk.code)
  })

  it('is unknown whose sign does not hold, or is not there', async () => {
    for (const sign of [undefined, '', '0'.repeat(32), md5Sign(yes, 'another key')]) {
      const { send } = answering({ body: { ...yes, sign } })
      expect(await redeemer.redeem(settings, redeemAsk, send)).toMatchObject({ kind: 'unknown' })
    }
    const nested = answering({ body: { ...yes, data: {}, sign: md5Sign(yes, key) } })
    expect(await redeemer.redeem(settings, redeemAsk, nested.send)).toMatchObject({ kind: 'unknown' })
  })

  it('says the settled amount under either name', async () => {
    expect(await redeem({ ...yes, settleAmount: '2800' })).toMatchObject({ settleAmountFen: 2800 })
    expect(await redeem({ ...yes, settle_amount: '2800', amount: '3000' })).toMatchObject({
      settleAmountFen: 2800,
      faceValueFen: 3000,
    })
  })
})

describe('the page on hubs behind the hub, over Shoubei’s wire', () => {
  const page = readText('docs/suppliers/shoubei.md')

  it('shows the request that redeems', async () => {
    const [asked = ''] = fences(page).map(({ text }) => text)
    const { send, sent } = answering({ body: {} })
    const written = { merchantNo: '851811130002', channelType: '10001', instNo, key }
    await redeemer.redeem(supplier.settings.parse(written), { ...redeemAsk, thirdShopNo: '862010110001' }, send)
    expect(sent[0]!.url).toBe('https://open.51shoubei.com/openpay/coupon/wf')
    const { sign, ...fields } = JSON.parse(asked) as Record<string, string>
    expect(JSON.parse(sent[0]!.body!)).toEqual({ ...fields, sign })
    expect(sign).toBe(md5Sign(fields, key))
  })

  it('has every refusal with its reason, and every setting', () => {
    const rowsOf = (head: string) => tables(page).find((table) => table.head[0] === head)!.rows
    const written = rowsOf('code').map(([code, words, reason]) => [quoted(code!)[0], words, quoted(reason!)[0]])
    expect(written).toEqual(refusals)
    const names = rowsOf('setting').flatMap(([name]) => quoted(name!))
    expect(names.toSorted()).toEqual(Object.keys(supplier.settings.shape).toSorted())
  })
})
