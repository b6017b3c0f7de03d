import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { lanes } from '../../src/core/numbers/numbers.ts'
import type { Asking } from '../../src/asking/queue.ts'
import { createForeignAsking } from '../../src/asking/foreign-redemptions.ts'
import { createSupplierAsking } from '../../src/asking/supplier-requests.ts'
import { createSupplierGate } from '../../src/asking/supplier-gate.ts'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createSender } from '../../src/http-out/send.ts'
import { changeSetUp, countOf, openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { createOtherSide, otherWorld, seedRoutes } from '../support/other-side.ts'
import { supplierWorld } from '../support/suppliers.ts'
import { createWallet, seedWallet } from '../support/wallet.ts'
import { issueCommand, redeemCommand } from '../support/world.ts'

describeOnEachDatabase('The gate to suppliers', (database) => {
  const desks: Asking[] = []
  afterEach(async () => {
    await Promise.all(desks.splice(0).map((desk) => desk.stop()))
  })

  /** Somebody who makes coupons for us and redeems codes of its own, and is asked one thing at a time. */
  async function open() {
    const [wallet, other] = [createWallet(), createOtherSide()]
    const supplier = { ...wallet.supplier, redeemer: other.supplier.redeemer! }
    const scene = await openScene(database(), { suppliers: new Map([[supplier.kind, supplier]]) })
    await seedWallet(database())
    await seedRoutes(database())
    const { supplierId } = supplierWorld
    await changeSetUp(database(), `update suppliers set settings = '{"concurrency": 1}' where id = '${supplierId}'`)
    await changeSetUp(
      database(),
      `update routes set supplier_id = '${supplierId}' where supplier_id = '${otherWorld.supplierId}'`,
    )
    const send = async () => ({ kind: 'failed' as const, reason: 'none', message: 'nothing is sent' })
    const options = { gate: createSupplierGate(scene.core, send), lanes: async () => lanes }
    desks.push(createSupplierAsking(scene.core, options), createForeignAsking(scene.core, options))
    for (const desk of desks) desk.start()
    return { scene, wallet, other }
  }

  it('counts whatever a supplier is asked towards its limits: coupons for us, and codes of its own', async () => {
    const { scene, wallet, other } = await open()
    let answer: (() => void) | undefined
    const held = new Promise<void>((resolve) => (answer = resolve))
    wallet.answers.push(async (_, give) => {
      await held
      return { kind: 'accepted', codes: [give()] }
    })
    const now = scene.clock.now()
    const order = scene.core.issue(issueCommand(now, { templateId: supplierWorld.templateId, openid: 'o1' }))
    await expect.poll(wallet.asked).toBe(1)
    const routing = { channelType: otherWorld.channelType, excluded: [] }
    const redemption = scene.core.redeem(redeemCommand(other.give('F1234567890123456'), now, { routing }))
    await expect.poll(() => countOf(database(), 'foreign_redemptions')).toBe(1)
    expect(other.asked).toEqual([])
    answer?.()
    await order
    expect((await redemption).redemption.state).toBe('succeeded')
    expect(other.asked.map(({ step }) => step)).toEqual(['prepare', 'redeem'])
  })
  it('gives up a socket that hangs when it is waited for no longer, and the next question has its turn at once', async () => {
    const { scene } = await open()
    const { supplierId } = supplierWorld
    const settings = '{"concurrency": 1, "timeoutSeconds": 1}'
    await changeSetUp(database(), `update suppliers set settings = '${settings}' where id = '${supplierId}'`)
    await scene.core.setup.refresh()
    const sockets: Socket[] = []
    const server = createServer((socket) => void sockets.push(socket.resume().on('error', () => undefined))).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true })
    const sender = createSender({ guard, timeoutMilliseconds: 600_000 })
    const gate = createSupplierGate(scene.core, sender.send)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const question = (no: string) =>
      gate.ask({ supplierId, no }, () => ({ turn: 'one holder', ask: (send) => send({ url, headers: {}, body: '' }) }))
    expect(await question('1')).toEqual({ kind: 'unknown', reason: 'it did not answer in time' })
    await expect.poll(() => question('2'), { timeout: 60_000 }).toMatchObject({ kind: 'unknown' })
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed), { timeout: 60_000 }).toBe(true)
    await sender.close()
    server.close()
  })
})
