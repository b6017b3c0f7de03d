import { afterEach, beforeEach, expect, it } from 'vitest'
import { startSmsGateway, type SmsGateway } from '../../simulators/sms-gateway.ts'
import type { Config } from '../../src/config.ts'
import type { Dispatcher } from '../../src/telling/dispatcher.ts'
import { protocolsOf } from '../../src/telling/protocols.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand } from '../support/world.ts'
import { openScene, type Scene } from './partner.ts'

const mobile = '13524161800'
const smsKey = 'a-key'

describeOnEachDatabase('the short message of an order', (database) => {
  let gateway: SmsGateway
  let scene: Scene
  let dispatcher: Dispatcher
  beforeEach(async () => {
    gateway = await startSmsGateway({ key: smsKey })
    scene = await openScene(database(), { smsUrl: `${gateway.url}/sms`, smsKey })
    dispatcher = scene.makeDispatcher({ protocols: protocolsOf(scene.core.hub.config) })
  })
  afterEach(async () => {
    await gateway.close()
    await scene.close()
  })

  const issue = (quantity = 1, given: { issueUrl?: string } = {}) =>
    scene.core.issue(issueCommand(scene.clock.now(), { mobile, quantity, ...given }))
  const tellWith = (config: Partial<Config>) =>
    scene.makeDispatcher({ protocols: protocolsOf({ ...scene.core.hub.config, ...config }) }).tick()
  const tell = () => dispatcher.tick()
  const stateOf = async ({ order }: Awaited<ReturnType<typeof issue>>) =>
    (await scene.notifications(order)).filter(({ kind }) => kind === 'message').map(({ state }) => state)

  it('reaches the holder at once, with every code', async () => {
    const issued = await issue(3)
    expect(await tell()).toBe(1)
    expect(gateway.inbox).toMatchObject([{ mobile, requestId: (await scene.notifications(issued.order))[0]!.no }])
    for (const { code } of issued.coupons) expect(gateway.inbox[0]!.text).toContain(code)
    expect(await stateOf(issued)).toEqual(['delivered'])
    scene.clock.advance(86_400)
    expect([await tell(), gateway.inbox.length]).toEqual([0, 1])
  })

  it('has each code once where the order’s channel is told in the same batch', async () => {
    const { coupons } = await issue(2, { issueUrl: `${scene.receiver.url}/lakala/issued` })
    scene.clock.advance(1)
    expect(await tell()).toBe(2)
    const { text } = gateway.inbox[0]!
    expect(coupons.map(({ code }) => text.split(code).length - 1)).toEqual([1, 1])
  })

  it('is sent once where its answer was lost, and given up after five attempts that failed', async () => {
    const lost = await issue()
    gateway.setMode({ path: '/sms', mode: 'closed', times: 1 })
    await tell()
    scene.clock.advance(5)
    expect([await tell(), gateway.inbox.length, await stateOf(lost)]).toEqual([1, 1, ['delivered']])
    const refused = await issue()
    gateway.setMode({ path: '/sms', mode: 'refuse' })
    for (const seconds of [0, 5, 30, 120, 600]) {
      scene.clock.advance(seconds)
      expect(await tell()).toBe(1)
    }
    expect([await stateOf(refused), gateway.inbox.length]).toEqual([['given_up'], 1])
  })

  it('goes to where the gateway is now, with the key of now', async () => {
    const issued = await issue()
    const other = await startSmsGateway({ key: 'another' })
    await tellWith({ smsUrl: `${other.url}/sms`, smsKey: 'another' })
    expect([gateway.inbox.length, other.inbox.length, await stateOf(issued)]).toEqual([0, 1, ['delivered']])
    await other.close()
  })

  it('says why it cannot go out where the gateway was taken away, and leaves no number in the table', async () => {
    const issued = await issue()
    await tellWith({ smsUrl: undefined, smsKey: undefined })
    const [notification] = await scene.notifications(issued.order)
    const [delivery] = await scene.deliveries(notification!)
    expect(delivery!.error).toBe(
      'could not be put into words: there is no gateway for short messages: set QUANHUB_SMS_URL',
    )
    expect(JSON.stringify([notification, delivery])).not.toContain(mobile)
  })
})
