import { afterEach, beforeEach, expect, it } from 'vitest'
import { createBreakers } from '../../src/http-out/breakers.ts'
import { breakerKey } from '../../src/telling/waiting-room.ts'
import { lakalaCallbacks } from '../../src/faces/lakala/callbacks.ts'
import { makeNumber } from '../../src/core/numbers/numbers.ts'
import { updateChannel } from '../../src/core/back-office/partners.ts'
import { findCandidates } from '../../src/core/coupon/coupon-code.ts'
import { changeCommand, operator } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'
import { openScene, type Scene } from './partner.ts'

describeOnEachDatabase('the dispatcher', (database) => {
  let scene: Scene

  beforeEach(async () => {
    scene = await openScene(database())
  })
  afterEach(() => scene.close())

  it('tells of an issue and of a redemption, signed, and is done with the first success', async () => {
    const { order, code } = await scene.issue({ isIssueTold: true })
    await scene.redeem(code)
    const dispatcher = scene.makeDispatcher()
    expect(await dispatcher.tick()).toBe(0)
    scene.clock.advance(1)
    expect(await dispatcher.tick()).toBe(2)
    expect(scene.receiver.inbox.map(({ path }) => path).toSorted()).toEqual(['/lakala/issued', '/lakala/used'])
    expect(scene.receiver.inbox.every((callback) => callback.isHeaderSignatureValid)).toBe(true)
    expect(scene.receiver.inbox.every((callback) => callback.isBodySignatureValid !== false)).toBe(true)
    const states = (await scene.notifications(order)).map(({ state, attempts, claimId }) => ({
      state,
      attempts,
      claimId,
    }))
    expect(states).toEqual([
      { state: 'delivered', attempts: 1, claimId: null },
      { state: 'delivered', attempts: 1, claimId: null },
    ])
    scene.clock.advance(100_000)
    expect(await dispatcher.tick()).toBe(0)
  })

  it('tries a partner that always fails ten times, by the waits of its document, keeps every attempt and gives up', async () => {
    scene.receiver.setMode({ path: '/lakala/used', mode: 'wrong' })
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    const began = scene.clock.now().getTime()
    const dispatcher = scene.makeDispatcher()
    for (const wait of lakalaCallbacks.waitsSeconds) {
      scene.clock.advance(wait - 0.001)
      expect(await dispatcher.tick()).toBe(0)
      scene.clock.advance(0.001)
      expect(await dispatcher.tick()).toBe(1)
    }
    const [notification] = await scene.notifications(order)
    expect(notification).toMatchObject({ state: 'given_up', attempts: 10, dueAt: null, claimId: null })
    const deliveries = await scene.deliveries(notification!)
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(deliveries[9]!.startedAt.getTime() - began).toBe(14_601_000)
    expect(deliveries[0]).toMatchObject({
      outcome: 'refused',
      httpStatus: 200,
      answer: '{"code":"FAIL","msg":"处理失败"}',
      isManual: false,
      error: null,
    })
    scene.clock.advance(1_000_000)
    expect(await dispatcher.tick()).toBe(0)
  })

  it.each(['500', 'garbage', 'closed'] as const)('does not take %s for success', async (mode) => {
    scene.receiver.setMode({ path: '/lakala/used', mode, times: 1 })
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    scene.clock.advance(1)
    const dispatcher = scene.makeDispatcher()
    await dispatcher.tick()
    expect(await scene.notifications(order)).toMatchObject([{ state: 'due', attempts: 1 }])
    scene.clock.advance(5)
    await dispatcher.tick()
    const [notification] = await scene.notifications(order)
    expect(notification).toMatchObject({ state: 'delivered', attempts: 2 })
    const [failed, delivered] = await scene.deliveries(notification!)
    expect(failed!.outcome).toBe(mode === 'closed' ? 'failed' : 'refused')
    expect(delivered!.outcome).toBe('delivered')
  })

  it('tells of redemptions before expiries', async () => {
    const spent = await scene.issue({ templateId: world.templates.short })
    const used = await scene.issue()
    scene.clock.advance(20)
    const { lane, no } = spent.order
    const [coupon] = await database().sql<{ sourceId: number; serial: number }[]>`
      select source_id, serial from coupons where lane = ${lane} and order_no = ${no}`
    const command = { no: makeNumber(0, scene.clock.now()), deadline: new Date(scene.clock.now().getTime() + 1_000) }
    await scene.core.changeCoupon({ ...command, act: 'expire', coupon: { lane, ...coupon! } })
    scene.clock.advance(1)
    await scene.redeem(used.code)
    scene.clock.advance(1)
    await database().sql`update notifications set due_at = due_at - interval '1 hour' where kind = 'expired'`
    const options = { dispatchConcurrency: 2, dispatchConcurrencyPerAddress: 1 }
    Object.assign(scene.core.hub.config, options)
    expect(await scene.makeDispatcher().tick()).toBe(2)
    expect(scene.receiver.inbox.map(({ body }) => (body as { tradeStatus: string }).tradeStatus)).toEqual([
      'USED',
      'EXPIRED',
    ])
  })

  it('does not tell of a redemption that was reversed before anybody heard of it', async () => {
    const { order, code } = await scene.issue()
    const redemptionNo = await scene.redeem(code)
    const deadline = new Date(scene.clock.now().getTime() + 1_000)
    const by = { operator: { name: 'somebody', reason: 'a mistake' } }
    await scene.core.reverse({ no: makeNumber(0, scene.clock.now()), deadline, by, redemptionNo })
    scene.clock.advance(10)
    expect(await scene.makeDispatcher().tick()).toBe(0)
    expect(await scene.notifications(order)).toMatchObject([{ kind: 'used', state: 'withdrawn' }])
  })

  it('tells of the reversal of what was told, where the channel wants it', async () => {
    const { order, code } = await scene.issue()
    const redemptionNo = await scene.redeem(code)
    const dispatcher = scene.makeDispatcher()
    scene.clock.advance(1)
    await dispatcher.tick()
    const deadline = new Date(scene.clock.now().getTime() + 1_000)
    const by = { operator: { name: 'somebody', reason: 'a mistake' } }
    await scene.core.reverse({ no: makeNumber(0, scene.clock.now()), deadline, by, redemptionNo })
    scene.clock.advance(1)
    await dispatcher.tick()
    expect(scene.receiver.inbox.map(({ body }) => (body as { tradeStatus: string }).tradeStatus)).toEqual([
      'USED',
      'REVERSED',
    ])
    expect(await scene.notifications(order)).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }])
  })

  it('tells a bank of a void as of an end, where its channel has not switched that off', async () => {
    for (const isTold of [true, false]) {
      await updateChannel(scene.core, operator, { id: world.channelId, settings: { isVoidTold: isTold } })
      const { order, code } = await scene.issue()
      const { keyring, database } = scene.core.hub
      const candidates = await findCandidates(database.sql, [code], scene.core.setup.current(), keyring)
      await scene.core.changeCoupon(changeCommand('void', candidates.get(code)![0]!, scene.clock.now()))
      scene.clock.advance(1)
      await scene.makeDispatcher().tick()
      const told = await scene.notifications(order)
      expect(told.map(({ kind, state }) => `${kind} ${state}`)).toEqual(isTold ? ['voided delivered'] : [])
    }
    expect(scene.receiver.inbox.map(({ body }) => (body as { tradeStatus: string }).tradeStatus)).toEqual(['EXPIRED'])
  })

  it('postpones what an open breaker holds back, without using up an attempt', async () => {
    const breakers = createBreakers({ minimumAttempts: 1, failureRatio: 0.5 })
    const dispatcher = scene.makeDispatcher({ breakers })
    const { order, code } = await scene.issue({ isIssueTold: true })
    await scene.redeem(code)
    const byKind = async () => (await scene.notifications(order)).toSorted((a, b) => a.kind.localeCompare(b.kind))
    const [issued, used] = await byKind()
    breakers.failed(breakerKey(used!), scene.clock.now())
    scene.clock.advance(1)
    // What the app is told at its other address goes out.
    expect(await dispatcher.tick()).toBe(1)
    const [told, held] = await byKind()
    expect([issued!.kind, told!.state, used!.kind]).toEqual(['issued', 'delivered', 'used'])
    expect(held).toMatchObject({ state: 'due', attempts: 0, claimId: null })
    expect(held!.dueAt!.getTime()).toBeGreaterThan(scene.clock.now().getTime() + 20_000)
    scene.clock.advance(30)
    expect(await dispatcher.tick()).toBe(1)
    expect(await byKind()).toMatchObject([told, { state: 'delivered', attempts: 1 }])
  })

  it('puts off what finds no slot in time, without using up an attempt', async () => {
    Object.assign(scene.core.hub.config, { dispatchConcurrency: 4, dispatchConcurrencyPerAddress: 1 })
    scene.receiver.setMode({ path: '/lakala/used', mode: 'slow', milliseconds: 400, times: 1 })
    const first = await scene.issue()
    const second = await scene.issue()
    await scene.redeem(first.code)
    await scene.redeem(second.code)
    scene.clock.advance(1)
    expect(await scene.makeDispatcher({ patienceMilliseconds: 50 }).tick()).toBe(1)
    const rows = [...(await scene.notifications(first.order)), ...(await scene.notifications(second.order))]
    expect(rows.map(({ state }) => state).toSorted()).toEqual(['delivered', 'due'])
    expect(rows.find(({ state }) => state === 'due')).toMatchObject({ attempts: 0, claimId: null })
  })

  it('keeps an attempt that could not be put into words, and tries again', async () => {
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    scene.clock.advance(1)
    const render = (): Promise<never> => Promise.reject(new Error('no words'))
    const protocols = new Map([['lakala', { ...lakalaCallbacks, render }]])
    await scene.makeDispatcher({ protocols }).tick()
    const [notification] = await scene.notifications(order)
    expect(notification).toMatchObject({ state: 'due', attempts: 1 })
    const [delivery] = await scene.deliveries(notification!)
    expect(delivery).toMatchObject({ outcome: 'failed', error: 'could not be put into words: no words' })
  })

  it('stores what a partner answers without the code and the openid that it repeats', async () => {
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    scene.clock.advance(1)
    const answer = { kind: 'answered', status: 500, headers: {}, isCut: false, durationMilliseconds: 1 } as const
    const body = `no ${code} of o-abcdefghijklmnop \u{1f600}`.padEnd(3_000, '\u{1f600}')
    const sender = { send: () => Promise.resolve({ ...answer, body }), close: () => Promise.resolve() }
    await scene.makeDispatcher({ sender }).tick()
    const [notification] = await scene.notifications(order)
    const [delivery] = await scene.deliveries(notification!)
    expect(delivery!.answer).not.toContain(code)
    expect(delivery!.answer).not.toContain('o-abcdefghijklmnop')
    expect(Array.from(delivery!.answer!).length).toBeLessThanOrEqual(1_000)
  })

  it('divides the waits of the schedule, and nothing else, by the time factor', async () => {
    Object.assign(scene.core.hub.config, { timeFactor: 600 })
    scene.receiver.setMode({ path: '/lakala/used', mode: 'wrong' })
    const { code, order } = await scene.issue()
    await scene.redeem(code)
    const dispatcher = scene.makeDispatcher()
    for (const wait of lakalaCallbacks.waitsSeconds) {
      scene.clock.advance(Math.max(1, wait / 600))
      await dispatcher.tick()
    }
    expect(await scene.notifications(order)).toMatchObject([{ state: 'given_up', attempts: 10 }])
  })

  it('tells by itself once it is started, and stops', async () => {
    const dispatcher = scene.makeDispatcher()
    dispatcher.start()
    const { code } = await scene.issue()
    await scene.redeem(code)
    scene.clock.advance(1)
    dispatcher.wake()
    await scene.receiver.waitFor(({ path }) => path === '/lakala/used', 5_000)
    await dispatcher.stop()
  })
})
