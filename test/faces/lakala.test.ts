import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lakalaPaths as paths } from '../../src/faces/lakala/index.ts'
import { shoubeiPaths } from '../../src/faces/shoubei/index.ts'
import type { Telling } from '../../src/core/notify/callback.ts'
import type { NotificationRow } from '../../src/db/notifications.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import { gatherTellings } from '../../src/telling/claims.ts'
import { lakalaCallbacks } from '../../src/faces/lakala/callbacks.ts'
import { codeHash } from '../../src/core/keys/hashes.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'
import {
  dataOf,
  isSignedByPlatform,
  issueFields,
  openPartners,
  type BankHow,
  type Fields,
  type Partners,
} from './partners.ts'
import { addPool, poolTemplate } from './pool.ts'

describeOnEachDatabase('a Lakala bank', (database) => {
  let partners: Partners
  beforeEach(async () => {
    partners = await openPartners(database())
  })
  afterEach(() => partners.close())

  const post = async (path: string, body: Fields, how?: BankHow) => {
    const answer = await partners.bank(path, body, how)
    expect(answer.status).toBe(200)
    expect(isSignedByPlatform(answer)).toBe(true)
    expect(answer.headers['lklapi-traceid']).toMatch(/^[0-9a-f]{32}$/)
    return answer
  }
  const issue = (fields: Fields, how?: BankHow) => post(paths.issue, fields, how)
  const codeOf = async (fields: Fields): Promise<unknown> => (await issue(fields)).body['code']
  const query = async (asked: Fields, more: Fields = {}) => {
    const { owner_id, mer_order_id, activity_id } = asked
    return post(paths.query, { owner_id, mer_order_id, activity_id, ...more })
  }
  const count = async (table: string): Promise<number> =>
    (await database().sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`))[0]!.n

  it('issues a coupon and hears the names of the table, signed by the platform', async () => {
    const asked = issueFields({ mer_order_id: '20211203092301' })
    const { body, headers } = await issue(asked)
    const { activity_id, owner_id, promotion_id, mer_order_id, channel_openid } = asked
    expect(body).toEqual({
      msg: '处理成功',
      code: '000000',
      data: {
        resCode: '000000',
        failMsg: '',
        activity_id,
        owner_id,
        promotion_id,
        third_coupon_id: expect.stringMatching(/^\d{16}$/),
        mer_order_id,
        trade_no: expect.stringMatching(/^\d{32}$/),
        batch_code: 'B1',
        channel_openid,
        trade_status: 'SUCCESS',
      },
    })
    expect(headers).toMatchObject({
      'lklapi-appid': world.lakala.appid,
      'lklapi-serial': world.lakala.platformSerialNo,
    })
    expect([await count('coupons'), await count(`notifications where kind = 'issued'`)]).toEqual([1, 1])
  })

  it('is answered in the envelope in which it asked', async () => {
    const asked = issueFields()
    const { body } = await issue({ req_time: '20260301100000', version: '3.0', req_data: asked })
    expect(body).toMatchObject({ code: '000000', resp_time: '20260301100000', resp_data: { trade_status: 'SUCCESS' } })
    const bare = await issue(asked)
    expect(bare.body['data']).toEqual(body['resp_data'])
    const { body: refused } = await issue({ req_data: { ...asked, promotion_id: 'T-OTHER' } })
    expect(refused).toMatchObject({ code: '000095', resp_data: { resCode: '000095', trade_no: '' } })
  })

  it('hears PROCESS of a coupon that its supplier has not made yet, then what came of it, told once', async () => {
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make' })
    await partners.core.setup.refresh()
    const asked = issueFields({ promotion_id: supplierWorld.templateId })
    const handed = new Promise<SupplierRequestRow>((resolve) => partners.core.pending.listen(resolve))
    const first = issue(asked)
    const request = await handed
    const process = {
      code: '000000',
      data: { trade_status: 'PROCESS', third_coupon_id: '', trade_no: request.orderNo },
    }
    expect((await issue(asked)).body).toMatchObject(process)
    expect(dataOf(await query(asked))).toMatchObject({ trade_status: 'PROCESS', tradeStatus: '' })
    expect(await count(`notifications where kind = 'issued'`)).toBe(0)
    const { hub } = partners.core
    const code = foreignCode()
    const codes = [{ code, hash: codeHash(hub.keyring, code), cipher: hub.keyring.encrypt(code) }]
    await settleRequest(partners.core, request, { kind: 'accepted', codes })
    expect((await first).body).toMatchObject({ data: { trade_status: 'SUCCESS', third_coupon_id: code } })
    expect(dataOf(await query(asked))).toMatchObject({ trade_status: 'SUCCESS' })
    expect(await count(`notifications where kind = 'issued'`)).toBe(1)
  })

  it.each([
    { reason: undefined, code: '300003', told: 'sold out' },
    { reason: 'stock_exhausted', code: '300002', told: '库存不足' },
    { reason: 'limit_exceeded', code: '300001', told: '超出领取限制' },
  ] as const)(
    'hears FAIL of a coupon that its supplier refused ($reason), and why, also when it asks again',
    async (why) => {
      await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make' })
      await partners.core.setup.refresh()
      const asked = issueFields({ promotion_id: supplierWorld.templateId })
      const handed = new Promise<SupplierRequestRow>((resolve) => partners.core.pending.listen(resolve))
      const first = issue(asked)
      const request = await handed
      await settleRequest(partners.core, request, { kind: 'refused', words: 'sold out', reason: why.reason })
      const { code } = why
      const failed = {
        code,
        data: { resCode: code, trade_status: 'FAIL', third_coupon_id: '', trade_no: request.orderNo },
      }
      expect((await first).body).toMatchObject(failed)
      expect((await issue(asked)).body).toMatchObject(failed)
      expect(dataOf(await query(asked))).toMatchObject({ trade_status: 'FAIL' })
      const [notification] = await database().sql<NotificationRow[]>`select * from notifications where kind = 'issued'`
      const { hub, setup } = partners.core
      const [gathered] = await gatherTellings(hub.database.sql, setup.current(), hub.keyring, [notification!])
      const { body } = await lakalaCallbacks.render(hub, gathered!.telling as Telling)
      expect(JSON.parse(body)).toMatchObject({ tradeStatus: 'FAIL', failMsg: why.told })
    },
  )

  it('hears the first answer again under the same order number, and a conflict where the content is another', async () => {
    const asked = issueFields()
    const first = await issue(asked)
    partners.clock.advance(60)
    expect((await issue({ ...asked, unknown: { deep: [1] } })).body).toEqual(first.body)
    const others = { channel_openid: 'o-other', writeOffNotify: 'http://127.0.0.1:9/other', postNotify: null }
    for (const [name, value] of Object.entries(others)) {
      expect(await codeOf({ ...asked, [name]: value })).toBe('000095')
    }
    expect(await count('orders')).toBe(1)
  })

  it('may do without postNotify, and nobody is called for the issue then', async () => {
    expect(await codeOf(issueFields({ postNotify: undefined }))).toBe('000000')
    expect(await codeOf(issueFields({ postNotify: '' }))).toBe('000000')
    expect(await count('notifications')).toBe(0)
  })

  it('hears of a repeat whose coupon was voided that it was', async () => {
    const asked = issueFields()
    await issue(asked)
    await database().sql`update coupons set state = 'voided', uses_returned = '[]'`
    const { body } = await issue(asked)
    expect(body).toMatchObject({
      code: '200002',
      msg: '订单已作废',
      data: { failMsg: '订单已作废', third_coupon_id: '' },
    })
  })

  it('asks for an order: issued, redeemed, cancelled, expired', async () => {
    const asked = issueFields({ promotion_id: world.templates.short })
    const { trade_no, third_coupon_id } = dataOf(await issue(asked))
    const unused = { promo_amount: '', total_amount: '', org_amount: '', gmt_used: '', tradeStatus: '' }
    const success = { resCode: '000000', failMsg: '', trade_status: 'SUCCESS' }
    expect(dataOf(await query(asked, { trade_no }))).toEqual({ ...success, ...unused })
    const paid = { coupon_code: third_coupon_id, wf_trace_no: 'T1', amount: '10000', real_amount: '7500' }
    await partners.till(shoubeiPaths.wf, paid)
    expect(dataOf(await query(asked))).toEqual({
      ...success,
      promo_amount: '3000',
      total_amount: '7500',
      org_amount: '10000',
      gmt_used: '2026-03-01 10:00:00',
      tradeStatus: 'USED',
    })
    await partners.till(shoubeiPaths.cancel, { wf_trace_no: 'T1' })
    expect(dataOf(await query(asked))).toEqual({ ...success, ...unused })
    partners.clock.advance(20)
    expect(dataOf(await query(asked))).toEqual({ ...success, ...unused, tradeStatus: 'EXPIRED' })
  })

  it('finds no order under another activity, another number of ours, or a channel of somebody else', async () => {
    const asked = issueFields()
    await issue(asked)
    for (const wrong of [{ activity_id: 'ACT2' }, { trade_no: '202112030923010001' }, { mer_order_id: 'other' }]) {
      const { body } = await query(asked, wrong)
      expect(body).toMatchObject({ code: '200020', msg: '订单不存在', data: { trade_status: '', tradeStatus: '' } })
    }
    await partners.changeSetup(addOtherBank)
    expect((await query(asked, { owner_id: 'OWNER2' })).body['code']).toBe('100010')
  })

  it('is held to its member prefix, naming the field', async () => {
    const { body } = await issue(issueFields({ member_id: 'AAA200154561278' }))
    expect(body).toMatchObject({ code: '100001', msg: '参数不合法: member_id: must begin with 62' })
  })

  it('does not learn the member prefix of a channel that is not its own', async () => {
    const settings = { memberPrefix: 'OTHER' }
    const channel = { id: 'OWNER3', name: 'Another bank', isEnabled: true, settings, createdAt: new Date(0) }
    await partners.changeSetup((tx) => insertRows(tx, 'channels', [channel]))
    const { body, text } = await issue(issueFields({ owner_id: 'OWNER3' }))
    expect(body).toMatchObject({ code: '100010' })
    expect(text).not.toContain('OTHER')
  })

  it('is refused what is switched off, over, unknown or unsuitable, each in its own words', async () => {
    const cases: [string, string][] = [
      [`update activities set is_enabled = false`, '200011'],
      [`update activities set is_enabled = true, ends_at = '2026-03-01T02:00:00Z'`, '200011'],
      [`update activities set ends_at = '2100-01-01T00:00:00Z', starts_at = '2026-03-01T02:00:01Z'`, '200011'],
      [`update activities set starts_at = '2000-01-01T00:00:00Z'`, '000000'],
      [`update templates set is_enabled = false`, '200013'],
      [`update templates set is_enabled = true, use_times = 2`, '200014'],
      [`update templates set use_times = 1`, '000000'],
      [`update channels set is_enabled = false`, '100011'],
      [`update apps set is_enabled = false`, '100003'],
    ]
    for (const [change, code] of cases) {
      await partners.changeSetup((tx) => tx.unsafe(change))
      expect([change, await codeOf(issueFields())]).toEqual([change, code])
    }
  })

  it('is refused an activity or a template that is not there', async () => {
    expect(await codeOf(issueFields({ activity_id: 'ACT2' }))).toBe('200010')
    expect(await codeOf(issueFields({ promotion_id: 'T-NONE' }))).toBe('200012')
    expect(await codeOf(issueFields({ owner_id: 'OWNER9' }))).toBe('100010')
  })

  it('gives a holder so many in all and a day, and counts refusals nowhere', async () => {
    await partners.changeSetup((tx) => tx`update templates set max_per_member_day = 1, max_per_openid = 2`)
    expect(await codeOf(issueFields())).toBe('000000')
    expect(await codeOf(issueFields())).toBe('300001')
    expect(await codeOf(issueFields({ member_id: '6200015456199' }))).toBe('000000')
    expect(await codeOf(issueFields({ member_id: '6200015456198' }))).toBe('300001')
    partners.clock.advance(24 * 3600)
    expect(await codeOf(issueFields({ channel_openid: 'o-another-one' }))).toBe('000000')
    expect(await count('orders')).toBe(3)
  })

  it('gets ten of a stock of ten', async () => {
    const answers = await Promise.all(
      Array.from({ length: 14 }, () => codeOf(issueFields({ promotion_id: world.templates.scarce }))),
    )
    expect(answers.filter((code) => code === '000000')).toHaveLength(10)
    expect(answers.filter((code) => code === '300002')).toHaveLength(4)
  })

  it('gets the codes of a pool in their order, until there are none', async () => {
    await partners.changeSetup((tx) => addPool(tx, partners.core.hub.keyring, ['POOL-A', 'POOL-B']))
    const asked = issueFields({ promotion_id: poolTemplate })
    expect(dataOf(await issue(asked))['third_coupon_id']).toBe('POOL-A')
    expect(await partners.issue({ promotion_id: poolTemplate })).toBe('POOL-B')
    expect(await codeOf(issueFields({ promotion_id: poolTemplate }))).toBe('300002')
    expect(dataOf(await issue(asked))['third_coupon_id']).toBe('POOL-A')
  })

  it('signs with an old and a new key while both hold', async () => {
    const next = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    await partners.changeSetup(async (tx) => {
      const validFrom = partners.clock.now()
      const validUntil = new Date(validFrom.getTime() + 3_600_000)
      await tx`update app_keys set valid_until = ${validUntil} where face = 'lakala' and direction = 'inbound'`
      const row = {
        face: 'lakala',
        appId: world.lakala.appid,
        direction: 'inbound',
        no: 2,
        serialNo: 'BANK02',
        secret: null,
      }
      await insertRows(tx, 'app_keys', [{ ...row, publicKey: next.publicKey, validFrom, validUntil: null }])
    })
    const withNext = { serialNo: 'BANK02', privateKeyPem: next.privateKey }
    const outcome = async (how?: BankHow) => (await issue(issueFields(), how)).body['code']
    expect([await outcome(), await outcome(withNext)]).toEqual(['000000', '000000'])
    expect(await outcome({ ...withNext, serialNo: 'BANK01' })).toBe('100005')
    partners.clock.advance(3600)
    expect([await outcome(), await outcome(withNext)]).toEqual(['100005', '000000'])
  })

  it('may send so many requests a second, and hears 429 in the face’s words beyond', async () => {
    await partners.changeSetup((tx) => tx`update apps set settings = '{"requestsPerSecond": 2}' where face = 'lakala'`)
    expect([await codeOf(issueFields()), await codeOf(issueFields())]).toEqual(['000000', '000000'])
    const { status, body } = await partners.bank(paths.issue, issueFields())
    expect([status, body['code']]).toEqual([429, '100006'])
    partners.clock.advance(1)
    expect(await codeOf(issueFields())).toBe('000000')
  })

  it('may be held to its own addresses, and may switch signed answers off', async () => {
    await partners.changeSetup(
      (tx) => tx`update apps set settings = '{"networks": ["203.0.113.0/24"]}' where face = 'lakala'`,
    )
    expect(await codeOf(issueFields())).toBe('100004')
    await partners.changeSetup((tx) => tx`update apps set settings = '{"isAnswerSigned": false}' where face = 'lakala'`)
    const { headers } = await partners.bank(paths.issue, issueFields())
    expect(Object.keys(headers).filter((name) => name.startsWith('lklapi-'))).toEqual(['lklapi-traceid'])
  })
})

async function addOtherBank(tx: Parameters<typeof insertRows>[0]): Promise<void> {
  const named = { isEnabled: true, createdAt: new Date(0), settings: {} }
  await insertRows(tx, 'channels', [{ ...named, id: 'OWNER2', name: 'Another bank' }])
}
