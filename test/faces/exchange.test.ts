import { afterEach, beforeEach, expect, it } from 'vitest'
import { exchangePaths } from '../../src/faces/exchange/index.ts'
import { setPrice } from '../../src/core/back-office/prices.ts'
import { topUpBalance } from '../../src/core/back-office/balances.ts'
import { updateChannel } from '../../src/core/back-office/partners.ts'
import { findCandidates } from '../../src/core/coupon/coupon-code.ts'
import { changeCommand, countOf, operator } from '../support/acts.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { redeemCommand, world } from '../support/world.ts'
import { openPartners, type Answer, type Fields, type Partners } from './partners.ts'
import { addPool, poolTemplate } from './pool.ts'
import * as ex from './exchange-partner.ts'

const { normal } = world.templates
const channelId = ex.merchant.merchantId
const dataOf = ({ body }: Answer): Fields => body['data'] as Fields

describeOnOneDatabase('Exchange’s wire', (database) => {
  let partners: Partners
  beforeEach(async () => {
    partners = await openPartners(database(), { requestsPerSecond: 1_000_000 })
    await partners.changeSetup((tx) => ex.addMerchant(tx, partners.core.hub.keyring))
  })
  afterEach(() => partners.close())

  const price = (settlementPriceFen: number) =>
    setPrice(partners.core, operator, { channelId, templateId: normal, settlementPriceFen })
  const couponOf = async (code: string) => {
    const { core } = partners
    const found = await findCandidates(core.hub.database.sql, [code], core.setup.current(), core.hub.keyring)
    return found.get(code)![0]!
  }
  const voidCode = async (code: string) =>
    partners.core.changeCoupon(changeCommand('void', await couponOf(code), partners.clock.now()))

  it('answers an order with our number, the merchant’s, and the price of its channel in yuan', async () => {
    await price(2_950)
    const answer = await ex.order(partners, { bizCode: 'B1' })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      status: 0,
      message: '成功',
      data: { orderCode: expect.stringMatching(/^\d{32}$/), bizCode: 'B1', settlementPrice: 29.5 },
    })
  })

  it('signs its answers, refusals too, by the type of the request', async () => {
    for (const path of [...Object.values(exchangePaths), '/v1/openapi/order/redPacket']) {
      expect(ex.signTypeOf(await ex.ask(partners, path, {}))).toBe('SHA256-RSA')
      expect(ex.signTypeOf(await ex.ask(partners, path, {}, { signType: 'SHA256-RSA' }))).toBe('SHA256-RSA')
      expect(ex.signTypeOf(await ex.ask(partners, path, {}, { signType: 'MD5' }))).toBe('MD5')
    }
    expect(ex.signTypeOf(await ex.order(partners, {}, { signType: 'MD5' }))).toBe('MD5')
    const md5Only = { signType: 'MD5', businessId: ex.merchant.md5BusinessId } as const
    const answer = await ex.order(partners, { businessId: ex.merchant.md5BusinessId }, md5Only)
    expect([answer.body['status'], ex.signTypeOf(answer)]).toEqual([0, 'MD5'])
    const stranger = await ex.ask(partners, exchangePaths.info, {}, { businessId: 'NONE' })
    expect([stranger.body['status'], stranger.headers['sign']]).toEqual([7, undefined])
  })

  it('takes header names in any case, and an empty signType as none', async () => {
    const body = JSON.stringify(ex.wechatFields())
    const headers = Object.entries(ex.headersFor(partners, body, { signType: '' }))
    const upper = Object.fromEntries(headers.map(([name, value]) => [name.toUpperCase(), value]))
    expect((await partners.send(exchangePaths.wechatCoupons, body, upper)).body['status']).toBe(0)
  })

  it('gives the same order to a repeat with the same content, and 8 to one with other content', async () => {
    await price(2_950)
    const first = await ex.order(partners, { bizCode: 'SAME' })
    await price(2_000)
    expect((await ex.order(partners, { bizCode: 'SAME', note: 'unknown' })).body).toEqual(first.body)
    const changed: Fields[] = [
      { openId: 'another' },
      { productCode: world.templates.short },
      { appId: 'wx1' },
      { callbackUrl: null },
      { activityId: world.activityId },
    ]
    for (const change of changed) {
      const answer = await ex.order(partners, { bizCode: 'SAME', ...change })
      expect([change, answer.body]).toEqual([change, { status: 8, message: '单号重复', data: null }])
    }
    const asCodes = await ex.ask(partners, exchangePaths.coupon, ex.couponFields({ bizCode: 'SAME' }))
    expect(asCodes.body['status']).toBe(8)
    expect(await countOf(database(), 'orders')).toBe(1)
  })

  it('says what became of an order by either number, and nothing where the two do not agree', async () => {
    const { orderCode } = dataOf(await ex.order(partners, { bizCode: 'B1' }))
    const other = dataOf(await ex.order(partners, { bizCode: 'B2' }))['orderCode']
    const byBoth = await ex.info(partners, { orderCode, bizCode: 'B1' })
    const data = {
      orderCode,
      bizCode: 'B1',
      productCode: normal,
      productName: 'Thirty yuan off (T-NORMAL)',
      status: 2,
      message: '交易成功',
      settlementPrice: 30,
      couponId: expect.stringMatching(/^\d{16}$/),
    }
    expect(byBoth.body).toEqual({ status: 0, message: '成功', data })
    expect((await ex.info(partners, { bizCode: 'B1' })).body).toEqual(byBoth.body)
    expect((await ex.info(partners, { orderCode })).body).toEqual(byBoth.body)
    const unknown = [{ orderCode: other, bizCode: 'B1' }, { bizCode: 'NONE' }, { orderCode: 'NONE' }]
    for (const fields of unknown) {
      const answer = await ex.info(partners, fields)
      expect([fields, answer.body]).toEqual([fields, { status: 7, message: '订单不存在', data: null }])
    }
  })

  it('finds no order of another merchant by our number', async () => {
    const { orderCode } = dataOf(await ex.order(partners))
    await partners.changeSetup(
      (tx) => tx`
        with c as (insert into channels select 'OTHER', name, true, settings, created_at from channels returning id)
        insert into app_channels select 'exchange', ${ex.merchant.businessId}, id from c`,
    )
    expect((await ex.info(partners, { orderCode, merchantId: 'OTHER' })).body['status']).toBe(7)
  })

  it('says that a coupon was used, that it ended, and that its order was cancelled', async () => {
    const query = async (bizCode: string) => {
      const { status, message, couponId } = dataOf(await ex.info(partners, { bizCode }))
      return { status, message, couponId: String(couponId) }
    }
    for (const bizCode of ['USED', 'VOIDED']) await ex.order(partners, { bizCode })
    await ex.order(partners, { bizCode: 'SHORT', productCode: world.templates.short })
    const used = await query('USED')
    await partners.core.redeem(redeemCommand(used.couponId, partners.clock.now()))
    await voidCode((await query('VOIDED')).couponId)
    partners.clock.advance(21)
    expect(await query('USED')).toMatchObject({ status: 2, message: '已核销' })
    expect(await query('SHORT')).toMatchObject({ status: 2, message: '已过期' })
    expect(await query('VOIDED')).toEqual({ status: 4, message: '已取消', couponId: 'null' })
  })

  it('sells own codes and those of a pool, encrypted to the merchant’s key, the same ones to a repeat and a query', async () => {
    await partners.changeSetup((tx) => addPool(tx, partners.core.hub.keyring, ['POOL-1', 'POOL-2', 'POOL-3']))
    await partners.changeSetup(
      (tx) => tx`insert into activity_templates values (${ex.merchant.activityId}, ${poolTemplate}, 79)`,
    )
    const fields = ex.couponFields({ bizCode: 'CODES', num: '2', productCode: poolTemplate })
    const answer = await ex.ask(partners, exchangePaths.coupon, fields)
    expect(dataOf(answer)).toMatchObject({
      bizCode: 'CODES',
      productName: 'Thirty yuan off (T-NORMAL)',
      settlementPrice: 60,
      type: 1,
    })
    const codesIn = (told: Answer) => (dataOf(told)['couponInfo'] as Fields[]).map(({ cardNo }) => ex.open(cardNo))
    const [card] = dataOf(answer)['couponInfo'] as Fields[]
    expect(codesIn(answer)).toEqual(['POOL-1', 'POOL-2'])
    expect(ex.open(card!['cdkey'])).toBe('POOL-1')
    expect(card!['expireTime']).toBe(partners.clock.now().getTime() + 30 * 86_400_000)
    expect(answer.text).not.toContain('POOL-1')
    expect(codesIn(await ex.ask(partners, exchangePaths.coupon, fields))).toEqual(['POOL-1', 'POOL-2'])
    const queried = await ex.info(partners, { bizCode: 'CODES' })
    expect([dataOf(queried)['couponId'], codesIn(queried)]).toEqual([null, ['POOL-1', 'POOL-2']])
    await voidCode('POOL-1')
    expect(codesIn(await ex.info(partners, { bizCode: 'CODES' }))).toEqual(['POOL-2'])
    const own = await ex.ask(partners, exchangePaths.coupon, ex.couponFields({ num: 50 }))
    expect(new Set(codesIn(own)).size).toBe(50)
  })

  it('takes the only activity of a product where the order of codes names none', async () => {
    const without = ex.couponFields({ activityId: null })
    expect((await ex.ask(partners, exchangePaths.coupon, without)).body['status']).toBe(7)
    await partners.changeSetup((tx) => tx`update activities set is_enabled = false where id = ${world.activityId}`)
    const sold = await ex.ask(partners, exchangePaths.coupon, without)
    expect(sold.body['status']).toBe(0)
    await partners.changeSetup((tx) => tx`update activities set is_enabled = true where id = ${world.activityId}`)
    const again = await ex.ask(partners, exchangePaths.coupon, without)
    expect(dataOf(again)['orderCode']).toBe(dataOf(sold)['orderCode'])
    const unknown = ex.couponFields({ activityId: null, productCode: 'NONE' })
    expect((await ex.ask(partners, exchangePaths.coupon, unknown)).body['status']).toBe(7)
  })

  it('sells no codes to an app that has no key to encrypt them to', async () => {
    const { md5BusinessId: businessId } = ex.merchant
    const how = { businessId, signType: 'MD5' } as const
    const answer = await ex.ask(partners, exchangePaths.coupon, ex.couponFields({ businessId }), how)
    expect(answer.body).toEqual({ status: 1, message: '该业务ID不能使用此接口 (businessId)', data: null })
    expect(await countOf(database(), 'orders')).toBe(0)
  })

  it('takes orders from a prepaid balance and answers 9 where it does not cover one', async () => {
    await topUpBalance(partners.core, operator, { channelId, amountFen: 4_000 })
    expect((await ex.order(partners)).body['status']).toBe(0)
    expect((await ex.order(partners)).body).toEqual({ status: 9, message: '余额不足', data: null })
    await topUpBalance(partners.core, operator, { channelId, amountFen: 2_000 })
    expect((await ex.order(partners)).body['status']).toBe(0)
  })

  it('answers with the document’s own status what it has one for', async () => {
    const heard = async (given: Fields) => (await ex.order(partners, given)).body['status']
    expect(await heard({ productCode: 'NONE' })).toBe(7)
    expect(await heard({ activityId: 'NONE' })).toBe(7)
    expect(await heard({ merchantId: 'NONE' })).toBe(7)
    expect(await heard({ activityId: world.activityId })).toBe(1)
    const tenTimes = Array.from({ length: 10 }, () => heard({ productCode: world.templates.scarce }))
    expect(await Promise.all(tenTimes)).toEqual(tenTimes.map(() => 0))
    expect(await heard({ productCode: world.templates.scarce })).toBe(11)
  })

  /** A supplier that refuses everything at once. */
  const addSupplier = async (settings: object = {}) => {
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make', ...settings })
    await partners.changeSetup(
      (tx) => tx`insert into activity_templates values (${ex.merchant.activityId}, ${supplierWorld.templateId}, 80)`,
    )
    const said = { kind: 'refused', words: 'no' } as const
    partners.core.pending.listen((request) => void settleRequest(partners.core, request, said))
  }
  const { templateId: productCode } = supplierWorld

  it('answers an order whose supplier refuses it with its number, and says in the query that it failed', async () => {
    await addSupplier()
    expect((await ex.order(partners, { bizCode: 'FAILS', productCode })).body['status']).toBe(0)
    const failed = { status: 3, message: 'no', couponId: null }
    expect(dataOf(await ex.info(partners, { bizCode: 'FAILS' }))).toMatchObject(failed)
  })

  it('sells no codes that a supplier would have to make first', async () => {
    await addSupplier()
    const answer = await ex.ask(partners, exchangePaths.coupon, ex.couponFields({ productCode }))
    expect(answer.body).toEqual({ status: 1, message: '产品不支持该接口 (productCode)', data: null })
  })

  it('takes the WeChat app of the order, else the channel’s, and only one that the supplier knows', async () => {
    await addSupplier({ appId: 'wx1', appIds: ['wx2'] })
    const heard = async (given: Fields) => (await ex.order(partners, { productCode, ...given })).body
    expect(await heard({ appId: 'wx3' })).toEqual({ status: 1, message: '产品不支持该接口 (appId)', data: null })
    await updateChannel(partners.core, operator, { id: channelId, settings: { wechatAppId: 'wx2' } })
    expect(await heard({ bizCode: 'GIVEN', appId: 'wx1' })).toMatchObject({ status: 0 })
    expect(await heard({ bizCode: 'ABSENT' })).toMatchObject({ status: 0 })
    const kept = await database().sql`select terms from orders order by external_no desc`
    expect(kept).toEqual([{ terms: { wechatAppId: 'wx1' } }, { terms: { wechatAppId: 'wx2' } }])
  })
})
