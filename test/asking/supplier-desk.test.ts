import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startEsb, type Esb } from '../../simulators/esb.ts'
import { lanes } from '../../src/core/numbers/numbers.ts'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createSender, type Sender } from '../../src/http-out/send.ts'
import type { Asking } from '../../src/asking/queue.ts'
import { createSupplierAsking } from '../../src/asking/supplier-requests.ts'
import { createSupplierGate } from '../../src/asking/supplier-gate.ts'
import { openScene, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { seedSupplier, supplierWorld } from '../support/suppliers.ts'
import { issueCommand } from '../support/world.ts'

describeOnEachDatabase('The desk that asks suppliers', (database) => {
  let sender: Sender
  let esb: Esb
  const desks: Asking[] = []

  beforeAll(async () => {
    sender = createSender({ guard: createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true }) })
    esb = await startEsb()
  })
  afterEach(async () => {
    await Promise.all(desks.splice(0).map((desk) => desk.stop()))
  })
  afterAll(async () => {
    await sender.close()
    await esb.close()
  })

  async function open(settings: Record<string, unknown> = {}): Promise<{ scene: Scene; desk: Asking }> {
    const scene = await openScene(database())
    const { makeCodeURL } = esb
    await seedSupplier(database(), { makeCodeURL, encryptType: 'none', ...settings })
    return { scene, desk: deskOf(scene) }
  }
  const deskOf = (scene: Scene): Asking =>
    createSupplierAsking(scene.core, { gate: createSupplierGate(scene.core, sender.send), lanes: async () => lanes })
  const order = (scene: Scene, quantity = 1) =>
    scene.core.issue(issueCommand(scene.clock.now(), { templateId: supplierWorld.templateId, quantity }))
  /** Starts a desk, so that it asks at once. */
  const started = (desk: Asking): void => {
    desks.push(desk)
    desk.start()
  }

  it('asks at once, and the caller gets the codes', async () => {
    const { scene, desk } = await open()
    started(desk)
    const outcome = await order(scene, 3)
    expect(outcome.order.state).toBe('succeeded')
    expect(outcome.coupons.map(({ code }) => code)).toEqual(esb.codesOf(outcome.request!.no))
    const [asked] = esb.inbox.slice(-1)
    expect(asked!.body).toMatchObject({ sendChannelOrderId: outcome.request!.no, whaleTradeNo: outcome.order.no })
  })

  it('asks many orders at once, each once', async () => {
    const { scene, desk } = await open({ concurrency: 5 })
    started(desk)
    const before = esb.inbox.length
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => order(scene)))
    expect(new Set(outcomes.map(({ order: { state } }) => state))).toEqual(new Set(['succeeded']))
    expect(esb.inbox.length - before).toBe(40)
    expect(new Set(outcomes.flatMap(({ coupons }) => coupons.map(({ code }) => code))).size).toBe(40)
  })

  it('fails the order that the supplier refuses, and tells why', async () => {
    const { scene, desk } = await open()
    started(desk)
    esb.setMode({ path: '/make', mode: 'refuse', times: 1 })
    const { order: failed } = await order(scene)
    expect(failed).toMatchObject({ state: 'failed' })
    expect(failed.failure).not.toBe('')
  })

  it.each(['unknown', '500', 'garbage', 'closed', 'fewer', 'twice'] as const)(
    'asks again by the same number after %s, and gives one set of codes',
    async (mode) => {
      const { scene, desk } = await open()
      esb.setMode({ path: '/make', mode, times: 1 })
      const pending = order(scene, 2)
      // Nobody listens in this process: the sweep finds it, as that of another process would.
      await expect.poll(() => desk.tick()).toBe(1)
      scene.clock.advance(2)
      expect(await desk.tick()).toBe(1)
      const { request } = await pending
      const [row] = await database().sql`select state, attempts from supplier_requests where no = ${request!.no}`
      expect(row).toEqual({ state: 'accepted', attempts: 2 })
      const coupons = await database().sql`select 1 from coupons where order_no = ${request!.orderNo}`
      expect(coupons.length).toBe(2)
    },
  )

  it('leaves a supplier alone that does not answer, and uses up no attempt meanwhile', async () => {
    const { scene, desk } = await open()
    esb.setMode({ path: '/make', mode: '500' })
    const before = esb.inbox.length
    const count = 30
    const orders = Array.from({ length: count }, () => order(scene))
    await expect.poll(async () => (await database().sql`select 1 from supplier_requests`).length).toBe(count)
    await desk.tick()
    const asked = esb.inbox.length - before
    expect(asked).toBeLessThan(count)
    const [row] = await database().sql`select sum(attempts)::int as attempts from supplier_requests`
    expect(row).toEqual({ attempts: asked })
    esb.setMode({ path: '/make', mode: 'ok' })
    await Promise.all(orders)
  })

  it('asks nobody twice at once: a claim stands until it runs out', async () => {
    const { scene, desk } = await open()
    const other = deskOf(scene)
    void order(scene)
    await expect.poll(async () => (await Promise.all([desk.tick(), other.tick()])).toSorted()).toEqual([0, 1])
    expect(await other.tick()).toBe(0)
  })

  it('asks before one of its coupons is used, where it wants to be asked', async () => {
    const { scene, desk } = await open({ verifyURL: esb.verifyURL })
    started(desk)
    const { coupons } = await order(scene, 2)
    expect(await scene.redeem(coupons[0]!.code)).toBe('ok')
    esb.setMode({ path: '/verify', mode: 'refuse', times: 1 })
    expect(await scene.redeem(coupons[1]!.code)).toBe('supplier_rejected')
    expect(await scene.redeem(coupons[1]!.code)).toBe('ok')
  })
})
