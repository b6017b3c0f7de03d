import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { startWhaleReceiver, type WhaleReceiver } from '../../simulators/whale-receiver.ts'
import { sealChangedCodes, type ChangedCodes, callbackWaitsSeconds } from '../../src/core/notify/callback.ts'
import { makeNotification, type NotificationKind } from '../../src/core/notify/notification.ts'
import { makeNumber, laneIndexOf } from '../../src/core/numbers/numbers.ts'
import { insertNotifications } from '../../src/db/notifications.ts'
import type { Dispatcher } from '../../src/telling/dispatcher.ts'
import type { OrderRow } from '../../src/db/orders.ts'
import { firstWaitSeconds } from '../../src/faces/index.ts'
import { whaleCallbacks } from '../../src/faces/whale/callbacks.ts'
import { openScene, type Scene } from '../telling/partner.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { testKeys } from '../support/keys.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'
import { codeHash } from '../../src/core/keys/hashes.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { addWhaleApps, base64, channelAppId } from './whale-partner.ts'

describeOnOneDatabase('Whale’s notifications', (database) => {
  let scene: Scene
  let partner: WhaleReceiver
  let dispatcher: Dispatcher
  beforeEach(async () => {
    scene = await openScene(database())
    await addWhaleApps(scene.core)
    dispatcher = scene.makeDispatcher()
    partner = await startWhaleReceiver({ platformPublicKeyPem: testKeys().platform.publicKeyPem })
  })
  afterEach(async () => {
    await partner.close()
    await scene.close()
  })

  const whale = { face: 'whale', appId: channelAppId }
  const issue = async (given: Parameters<typeof issueCommand>[1] = {}) => {
    const asked = { ...whale, externalNo: '20181024154201', redeemUrl: `${partner.url}/verify`, ...given }
    const { order, coupons } = await scene.core.issue(issueCommand(scene.clock.now(), asked))
    return { order, code: coupons[0]!.code }
  }
  const detail = { requestId: 'R1', tid: 'T1', cashierTransNo: 'C1' }
  const redeem = (code: string) => scene.core.redeem(redeemCommand(code, scene.clock.now(), { detail }))
  const tell = async () => {
    scene.clock.advance(1)
    return dispatcher.tick()
  }
  const subject = (order: OrderRow, code: string) => ({
    saleChannelId: world.channelId,
    saleChannelOrderId: order.externalNo,
    orderId: order.no,
    ticketId: world.firstTicketId,
    ticketName: 'Thirty yuan off (T-NORMAL)',
    activityId: world.activityId,
    activityName: 'An activity',
    code,
    faceValue: '000000003000',
    useTimes: 0,
    validStart: '20260301100000',
    validEnd: '20260331100000',
  })
  const redemptionFields = {
    requestId: 'R1',
    cashierTransNo: 'C1',
    cashTotalAmount: 10_000,
    verifyTime: '20260301100000',
    mid: world.merchantNo,
    shopNo: world.shopNo,
    tid: 'T1',
  }
  const insert = async (order: OrderRow, kind: NotificationKind, facts: object) => {
    const { lane, channelId, no: orderNo } = order
    const now = scene.clock.now()
    const url = `${partner.url}/changed`
    const named = { ...whale, causeNo: makeNumber(0, now), kind, lane, channelId, orderNo, url }
    const row = makeNotification({ ...named, facts: { happenedAt: now.toISOString(), ...facts } }, 1, now)
    await database().transaction((tx) => insertNotifications(tx, [row]))
  }

  it('tell of a redemption, signed, with what the till said, and end with 00', async () => {
    const { order, code } = await issue()
    const { redemption } = await redeem(code)
    expect(await tell()).toBe(1)
    expect(partner.inbox).toMatchObject([
      { path: '/verify', action: 'VerifyCodeNotify', isSignatureValid: true, mode: 'ok' },
    ])
    expect(partner.inbox[0]!.biz).toEqual({ ...subject(order, code), ...redemptionFields, orderNo: redemption.no })
    expect(JSON.parse(partner.inbox[0]!.text)).toMatchObject({
      app_id: channelAppId,
      version: '4.0',
      timestamp: String(Math.floor(scene.clock.now().getTime() / 1000)),
    })
    expect((await scene.notifications(order)).map(({ state }) => state)).toEqual(['delivered'])
  })

  it('go out again by Lakala’s waits while the answer is not 00, and end with their last one', async () => {
    const { order, code } = await issue()
    await redeem(code)
    partner.setMode({ path: '/verify', mode: 'wrong' })
    for (const seconds of callbackWaitsSeconds) {
      scene.clock.advance(seconds)
      expect(await dispatcher.tick()).toBe(1)
    }
    const [notification] = await scene.notifications(order)
    expect([notification!.state, notification!.attempts]).toEqual(['given_up', callbackWaitsSeconds.length])
    expect(new Set(partner.inbox.map(({ isSignatureValid }) => isSignatureValid))).toEqual(new Set([true]))
  })

  it('tell of a redemption that was taken back, where the channel wants to hear', async () => {
    const { order, code } = await issue()
    const { redemption } = await redeem(code)
    await tell()
    const { hub } = scene.core
    await scene.core.reverse({
      no: makeNumber(laneIndexOf(order.lane), hub.now()),
      deadline: new Date(hub.now().getTime() + 60_000),
      by: { operator: { name: 'test', reason: 'test' } },
      redemptionNo: redemption.no,
    })
    expect(await tell()).toBe(1)
    expect(partner.inbox[1]).toMatchObject({ action: 'VerifyVoidNotify', isSignatureValid: true })
    expect(partner.inbox[1]!.biz).toEqual({
      ...subject(order, code),
      useTimes: 1,
      ...redemptionFields,
      orderNo: redemption.no,
      voidTime: '20260301100001',
    })
  })

  it('tell a supplier that its code was used, whatever wire it was ordered on', async () => {
    const verifyNotifyURL = `${partner.url}/supplier`
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make', verifyNotifyURL })
    await scene.core.setup.refresh()
    const made = new Promise<SupplierRequestRow>((resolve) => scene.core.pending.listen(resolve))
    const asked = { templateId: supplierWorld.templateId }
    const issuing = scene.core.issue(issueCommand(scene.clock.now(), asked))
    const code = foreignCode()
    const { keyring } = scene.core.hub
    const codes = [{ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }]
    await settleRequest(scene.core, await made, { kind: 'accepted', codes })
    const { order } = await issuing
    await redeem(code)
    expect(await tell()).toBe(1)
    expect(partner.inbox).toMatchObject([
      { path: '/supplier', action: 'VerifyCodeNotify', isSignatureValid: true, biz: { code, orderId: order.no } },
    ])
    const told = (await scene.notifications(order)).map(({ kind, face, state }) => [kind, face, state])
    expect(told).toEqual([['supplier_used', 'lakala', 'delivered']])
  })

  test.each([
    ['B1', 'MakeVoidNotify'],
    ['B2', 'UpdateCodeStatusNotify'],
    ['B3', 'UpdateCodeStatusNotify'],
    ['B4', 'CodeDelayNotify'],
  ])('tell what became of codes that a channel changed by %s: %s', async (optTag, action) => {
    const { order, code } = await issue({ redeemUrl: undefined })
    const changed: ChangedCodes = {
      optTag,
      requestId: 'R9',
      totalCodeNum: 2,
      successCodeNum: 1,
      codeArray: [
        { code, returnCode: '00', returnMsg: 'SUCCESS', status: '05' },
        { code: '7777777777777777', returnCode: '41', returnMsg: '券码不存在', status: null },
      ],
    }
    await insert(order, 'changed', { sealed: sealChangedCodes(scene.core.hub.keyring, changed) })
    expect(await tell()).toBe(1)
    expect(partner.inbox[0]).toMatchObject({ action, isSignatureValid: true })
    const success = { returnCode: '00', returnMsg: 'SUCCESS' }
    expect(partner.inbox[0]!.biz).toEqual({ ...success, saleChannelId: world.channelId, ...changed })
  })

  it('tell of an order and of an expiry, should a channel have an address for these', async () => {
    const { order, code } = await issue({ issueUrl: `${partner.url}/made` })
    await tell()
    const {
      code: _,
      faceValue: __,
      useTimes: ___,
      validStart: ____,
      validEnd: _____,
      ...ordered
    } = subject(order, code)
    expect(partner.inbox[0]).toMatchObject({ action: 'MakeCodeNotify', path: '/made', isSignatureValid: true })
    const made = { returnCode: '00', returnMsg: 'SUCCESS', codeNum: 1, createTime: '20260301100000' }
    expect(partner.inbox[0]!.biz).toEqual({ ...made, ...ordered })
    await insert(order, 'expired', {})
    await tell()
    expect(partner.inbox[1]).toMatchObject({
      action: 'CodeExpireNotify',
      biz: { ...subject(order, code), useTimes: 1 },
    })
  })

  it('keep nothing of an echo that would show codes', async () => {
    const { order, code } = await issue({ redeemUrl: undefined })
    const codeArray = [{ code: '7777777777777777', returnCode: '00', returnMsg: 'SUCCESS', status: '05' }]
    const changed = { optTag: 'B1', totalCodeNum: 1, successCodeNum: 1, codeArray }
    await insert(order, 'changed', { sealed: sealChangedCodes(scene.core.hub.keyring, changed) })
    const echoing = { send: async () => answered(`{"returnCode":"01","echo":["${code}","7777777777777777"]}`) }
    scene.clock.advance(1)
    await scene.makeDispatcher({ sender: { ...echoing, close: async () => {} } }).tick()
    const [notification] = await scene.notifications(order)
    const [delivery] = await scene.deliveries(notification!)
    expect(delivery!.answer).toContain('****')
    expect(delivery!.answer).not.toMatch(new RegExp(`${code}|7777777777777777`))
  })
})

const answered = (body: string) => ({
  kind: 'answered' as const,
  status: 200,
  headers: {},
  body,
  isCut: false,
  durationMilliseconds: 1,
})

describe('an answer to a notification of Whale’s wire', () => {
  const inEnvelope = (biz: string): string => JSON.stringify({ action: 'a', biz_content: base64(biz), sign: 'x' })

  test.each([
    ['bare', '{"returnCode":"00","returnMsg":"SUCCESS"}', true],
    ['bare, with space around it', '\n {"returnCode":"00"}\n', true],
    ['in the envelope', inEnvelope('{"returnCode":"00"}'), true],
    ['with another code', '{"returnCode":"99"}', false],
    ['in the envelope, with another code', inEnvelope('{"returnCode":"01"}'), false],
    ['in the envelope, with 00 beside it', '{"biz_content":"","returnCode":"00"}', false],
    ['with a number', '{"returnCode":0}', false],
    ['that is a list', '["00"]', false],
    ['that is a page', '<html>00</html>', false],
    ['that is nothing', '', false],
  ])('%s: %s, ends the schedule: %s', (_, body, isAccepted) => {
    expect(whaleCallbacks.isAccepted({ status: 200, body })).toBe(isAccepted)
    expect(whaleCallbacks.isAccepted({ status: 201, body })).toBe(false)
  })

  it('is waited for by the schedule of Lakala’s', () => {
    expect(whaleCallbacks.waitsSeconds).toEqual([1, 5, 5, 10, 180, 600, 1200, 1800, 3600, 7200])
    expect([firstWaitSeconds('whale'), firstWaitSeconds('sms')]).toEqual([1, 0])
  })
})
