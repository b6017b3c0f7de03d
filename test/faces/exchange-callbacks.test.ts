import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createExchangeMerchant } from '../../simulators/exchange-merchant.ts'
import { startExchangeReceiver, type ExchangeReceiver } from '../../simulators/exchange-merchant-receiver.ts'
import { topUpBalance } from '../../src/core/back-office/balances.ts'
import { updateApp } from '../../src/core/back-office/apps.ts'
import { updateChannel } from '../../src/core/back-office/partners.ts'
import type { Dispatcher } from '../../src/telling/dispatcher.ts'
import { exchangeCallbacks } from '../../src/faces/exchange/callbacks.ts'
import { buildApp } from '../../src/app.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import { createMetrics } from '../../src/metrics.ts'
import { changeCommand, operator } from '../support/acts.ts'
import { openScene, type Scene } from '../telling/partner.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { testKeys } from '../support/keys.ts'
import { seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { redeemCommand, world } from '../support/world.ts'
import { addMerchant, merchant } from './exchange-partner.ts'
import { findCandidates } from '../../src/core/coupon/coupon-code.ts'

describe('Exchange’s schedule', () => {
  it('waits 15 s, 30 s, 3 m, 10 m, 20 m, 30 m, 60 m, 3 h and 6 h', () => {
    const minutes = [0.25, 0.5, 3, 10, 20, 30, 60, 180, 360]
    expect(exchangeCallbacks.waitsSeconds).toEqual(minutes.map((minute) => minute * 60))
  })

  it.each([
    [200, 'SUCCESS', true],
    [200, 'success', true],
    [200, ' Success\n', true],
    [200, '"SUCCESS"', false],
    [200, 'SUCCESSFUL', false],
    [200, 'FAIL', false],
    [200, '', false],
    [201, 'SUCCESS', false],
    [500, 'SUCCESS', false],
  ])('takes HTTP %i with %j as its end: %s', (status, body, isEnd) => {
    expect(exchangeCallbacks.isAccepted({ status, body })).toBe(isEnd)
  })
})

describeOnOneDatabase('A merchant and its hub', (database) => {
  let scene: Scene
  let receiver: ExchangeReceiver
  let dispatcher: Dispatcher
  let app: ReturnType<typeof buildApp>
  let hubUrl: string
  beforeEach(async () => {
    scene = await openScene(database(), { isSandbox: true })
    await database().transaction(async (tx) => {
      await raiseSetupVersion(tx)
      await addMerchant(tx, scene.core.hub.keyring)
    })
    await scene.core.setup.refresh()
    dispatcher = scene.makeDispatcher()
    app = buildApp({
      core: scene.core,
      askWeChat: async () => undefined,
      metrics: createMetrics(),
      readiness: async () => undefined,
    })
    hubUrl = await app.listen({ host: '127.0.0.1', port: 0 })
    const { platform } = testKeys()
    receiver = await startExchangeReceiver({ platformPublicKeyPem: platform.publicKeyPem, md5Key: merchant.key })
  })
  afterEach(async () => {
    await app.close()
    await receiver.close()
    await scene.close()
  })

  const shop = (how: object = {}) => {
    const { bank, platform } = testKeys()
    const { businessId, merchantId, key: md5Key } = merchant
    const keys = { privateKeyPem: bank.privateKeyPem, platformPublicKeyPem: platform.publicKeyPem, md5Key }
    return createExchangeMerchant({ hubUrl, businessId, merchantId, ...keys, now: scene.clock.now, ...how })
  }
  const coupon = (given: object = {}) => ({
    productCode: world.templates.normal,
    activityId: merchant.activityId,
    callbackUrl: `${receiver.url}/report`,
    ...given,
  })
  const tell = async () => {
    scene.clock.advance(15)
    await dispatcher.tick()
    return receiver.inbox.at(-1)!
  }
  const nameOf = async (code: string) => {
    const { hub, setup } = scene.core
    return (await findCandidates(hub.database.sql, [code], setup.current(), hub.keyring)).get(code)![0]!
  }

  it('agree on both types of signature, and on codes that only the merchant can read', async () => {
    for (const signType of ['SHA256-RSA', 'MD5', ''] as const) {
      const ordered = await shop().orderWechatCoupon(coupon(), { signType })
      expect(ordered).toMatchObject({ status: 200, isSignatureValid: true, body: { status: 0 } })
      const bizCode = String(ordered.data!['bizCode'])
      const asked = await shop().query({ bizCode }, { signType })
      expect(asked).toMatchObject({ isSignatureValid: true, data: { status: 2 } })
    }
    const sold = await shop().orderCodes({ ...coupon(), num: 3 })
    expect(sold.codes).toHaveLength(3)
    expect((await shop().query({ orderCode: String(sold.data!['orderCode']) })).codes).toEqual(sold.codes)
    await scene.core.redeem(redeemCommand(sold.codes[0]!, scene.clock.now()))
  })

  const voidIt = async (code: string) =>
    scene.core.changeCoupon(changeCommand('void', await nameOf(code), scene.clock.now()))
  const statuses = () => receiver.inbox.map(({ body }) => (body as { status: number }).status)

  it('reports a void as 4, and no 2 any more that was not heard, tried or not', async () => {
    for (const isTried of [false, true]) {
      receiver.setMode({ path: '/report', mode: '500' })
      const { data } = await shop().orderWechatCoupon(coupon())
      const { data: order } = await shop().query({ orderCode: String(data!['orderCode']) })
      if (isTried) await tell()
      else scene.clock.advance(5)
      await voidIt(String(order!['couponId']))
      receiver.setMode({ path: '/report', mode: 'ok' })
      const before = receiver.inbox.length
      for (let i = 0; i < 10; i += 1) await tell()
      expect(statuses().slice(before)).toEqual([4])
      expect(await shop().query({ orderCode: String(data!['orderCode']) })).toMatchObject({ data: { status: 4 } })
    }
  })

  it('reports an order of many codes as 4 when the last of them is voided', async () => {
    const sold = await shop().orderCodes({ ...coupon(), num: 3 })
    await tell()
    const [first, second, third] = sold.codes
    await voidIt(first!)
    await voidIt(second!)
    await tell()
    expect(statuses()).toEqual([2])
    await voidIt(third!)
    await tell()
    expect(statuses()).toEqual([2, 4])
  })

  it('reports an order that succeeded after 15 s, signed, and the use and the end of its coupon', async () => {
    const { data } = await shop().orderWechatCoupon(coupon({ bizCode: 'B1' }))
    await dispatcher.tick()
    expect(receiver.inbox).toEqual([])
    const told = await tell()
    const { couponId } = told.body as { couponId: string }
    const report = { orderCode: data!['orderCode'], bizCode: 'B1', status: 2, settlementPrice: 30, couponId }
    expect(told).toMatchObject({ path: '/report', isSignatureValid: true, headers: { signtype: 'SHA256-RSA' } })
    expect(told.body).toEqual({ ...report, message: '交易成功' })
    await scene.core.redeem(redeemCommand(couponId, scene.clock.now()))
    expect((await tell()).body).toEqual({ ...report, message: '已核销' })
    await shop().orderWechatCoupon(coupon({ productCode: world.templates.short }))
    const short = await tell()
    scene.clock.advance(10)
    const { couponId: ended } = short.body as { couponId: string }
    await scene.core.changeCoupon(changeCommand('expire', await nameOf(ended), scene.clock.now()))
    expect((await tell()).body).toMatchObject({ status: 2, message: '已过期', couponId: ended })
    expect(receiver.inbox.every(({ isSignatureValid }) => isSignatureValid)).toBe(true)
  })

  it('reports an order that failed, and gives the balance back what it took', async () => {
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make' })
    await database().transaction(async (tx) => {
      await raiseSetupVersion(tx)
      await tx`insert into activity_templates values (${merchant.activityId}, ${supplierWorld.templateId}, 80)`
    })
    await topUpBalance(scene.core, operator, { channelId: merchant.merchantId, amountFen: 3_000 })
    const said = { kind: 'refused', words: '余额不足' } as const
    scene.core.pending.listen((request) => void settleRequest(scene.core, request, said))
    const order = () => shop().orderWechatCoupon(coupon({ productCode: supplierWorld.templateId }))
    expect((await order()).body).toMatchObject({ status: 0 })
    expect((await tell()).body).toMatchObject({ status: 3, message: '余额不足', couponId: null, settlementPrice: 30 })
    expect((await order()).body).toMatchObject({ status: 0 })
  })

  it('reports to the channel’s own address where the order names none, by MD5 where the app is set so', async () => {
    const settings = { callbackUrl: `${receiver.url}/own` }
    await updateChannel(scene.core, operator, { id: merchant.merchantId, settings })
    const app = { face: 'exchange', id: merchant.businessId }
    await updateApp(scene.core, operator, { ...app, settings: { callbackSignType: 'MD5' } })
    const { callbackUrl: _, ...rest } = coupon()
    await shop().orderWechatCoupon(rest)
    expect(await tell()).toMatchObject({ path: '/own', isSignatureValid: true, headers: { signtype: 'MD5' } })
    await shop({ businessId: merchant.md5BusinessId, signType: 'MD5' }).orderWechatCoupon(rest)
    expect(await tell()).toMatchObject({ isSignatureValid: true, headers: { signtype: 'MD5' } })
  })

  it('never reports in the clear a code that was sold encrypted', async () => {
    const { codes } = await shop().orderCodes({ ...coupon(), num: 2 })
    expect((await tell()).body).toMatchObject({ status: 2, message: '交易成功', couponId: null, settlementPrice: 60 })
    await scene.core.redeem(redeemCommand(codes[1]!, scene.clock.now()))
    const used = await tell()
    expect(used.body).toMatchObject({ message: '已核销', couponId: expect.stringMatching(/^[A-Za-z0-9+/]{342}==$/) })
    for (const { text } of receiver.inbox) expect(codes.some((code) => text.includes(code))).toBe(false)
  })

  it('reports again, with another nonce, until the merchant answers SUCCESS', async () => {
    receiver.setMode({ path: '/report', mode: 'wrong', times: 1 })
    await shop().orderWechatCoupon(coupon())
    await tell()
    scene.clock.advance(30)
    await dispatcher.tick()
    scene.clock.advance(3_600)
    await dispatcher.tick()
    expect(receiver.inbox.map(({ mode }) => mode)).toEqual(['wrong', 'ok'])
    expect(new Set(receiver.inbox.map(({ headers }) => headers['nonce'])).size).toBe(2)
  })
})
