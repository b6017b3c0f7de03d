import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lanes, makeNumber } from '../../src/core/numbers/numbers.ts'
import { searchAudit } from '../../src/db/search.ts'
import { claimDue } from '../../src/db/notification-queue.ts'
import { replay, type ReplayFilter, type ReplayReport } from '../../src/telling/replay.ts'
import { callbackProtocols } from '../../src/faces/index.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'
import { openScene, type Scene } from './partner.ts'

describeOnEachDatabase('a manual replay', (database) => {
  let scene: Scene

  beforeEach(async () => {
    scene = await openScene(database())
  })
  afterEach(() => scene.close())

  const operator = { name: 'ops', reason: 'the bank was down' }
  const run = (filter: ReplayFilter, isDryRun = false): Promise<ReplayReport> =>
    replay(scene.core, filter, { protocols: callbackProtocols, sender: scene.sender, operator, isDryRun })

  async function giveUp() {
    scene.receiver.setMode({ path: '/lakala/used', mode: '500' })
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    const dispatcher = scene.makeDispatcher()
    for (const wait of [1, 5, 5, 10, 180, 600, 1200, 1800, 3600, 7200]) {
      scene.clock.advance(wait)
      await dispatcher.tick()
    }
    return order
  }

  it('tells what was given up once more; success ends it, under the next number', async () => {
    const order = await giveUp()
    expect(await run({ channelId: world.channelId })).toEqual({ matched: 1, delivered: 0, failed: 1, skipped: 0 })
    expect(await scene.notifications(order)).toMatchObject([{ state: 'given_up', attempts: 11, claimId: null }])
    scene.receiver.setMode({ path: '/lakala/used', mode: 'ok' })
    expect(await run({ states: ['given_up'] })).toEqual({ matched: 1, delivered: 1, failed: 0, skipped: 0 })
    const [notification] = await scene.notifications(order)
    expect(notification).toMatchObject({ state: 'delivered', attempts: 12, claimId: null })
    const deliveries = await scene.deliveries(notification!)
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect(deliveries.slice(9).map(({ isManual }) => isManual)).toEqual([false, true, true])
    expect(await run({})).toMatchObject({ matched: 0 })
    const audit = await searchAudit(database().sql, { limit: 10 })
    expect(audit[0]).toMatchObject({ actor: 'ops', act: 'notification.replay', reason: 'the bank was down' })
  })

  it('that fails leaves the schedule as it was: all ten attempts are still made', async () => {
    scene.receiver.setMode({ path: '/lakala/used', mode: 'garbage' })
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    const [before] = await scene.notifications(order)
    expect(await run({ name: before! })).toMatchObject({ failed: 1 })
    expect(await scene.notifications(order)).toMatchObject([{ state: 'due', dueAt: before!.dueAt, attempts: 1 }])
    const dispatcher = scene.makeDispatcher()
    for (const wait of [1, 5, 5, 10, 180, 600, 1200, 1800, 3600]) {
      scene.clock.advance(wait)
      expect(await dispatcher.tick()).toBe(1)
    }
    expect(await scene.notifications(order)).toMatchObject([{ state: 'due', attempts: 10 }])
    scene.clock.advance(7200)
    expect(await dispatcher.tick()).toBe(1)
    expect(await scene.notifications(order)).toMatchObject([{ state: 'given_up', attempts: 11 }])
  })

  it('that succeeds ends the schedule before its first attempt', async () => {
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    await run({})
    scene.clock.advance(10)
    expect(await scene.makeDispatcher().tick()).toBe(0)
    expect(await scene.notifications(order)).toMatchObject([{ state: 'delivered', attempts: 1 }])
  })

  it('only counts in a dry run', async () => {
    await giveUp()
    const sent = scene.receiver.inbox.length
    expect(await run({ kinds: ['used'] }, true)).toEqual({ matched: 1, delivered: 0, failed: 0, skipped: 0 })
    expect(await run({ kinds: ['issued'] }, true)).toMatchObject({ matched: 0 })
    expect(await run({ since: new Date(scene.clock.now().getTime() + 1) }, true)).toMatchObject({ matched: 0 })
    expect(scene.receiver.inbox).toHaveLength(sent)
    expect(await searchAudit(database().sql, { limit: 10 })).toEqual([])
  })

  it('skips what the dispatcher has in its hands', async () => {
    const { order, code } = await scene.issue()
    await scene.redeem(code)
    scene.clock.advance(1)
    const now = scene.clock.now()
    const claimedUntil = new Date(now.getTime() + 30_000)
    await database().transaction((tx) => claimDue(tx, { lanes, now, limit: 1, claimId: randomUUID(), claimedUntil }))
    expect(await run({})).toEqual({ matched: 1, delivered: 0, failed: 0, skipped: 1 })
    expect(await scene.notifications(order)).toMatchObject([{ state: 'due', attempts: 0 }])
    expect(scene.receiver.inbox).toEqual([])
  })

  it('never tells what was withdrawn, and what was delivered only where that is asked for', async () => {
    const withdrawn = await scene.issue()
    const redemptionNo = await scene.redeem(withdrawn.code)
    const deadline = new Date(scene.clock.now().getTime() + 1_000)
    await scene.core.reverse({ no: makeNumber(0, scene.clock.now()), deadline, by: { operator }, redemptionNo })
    const delivered = await scene.issue()
    await scene.redeem(delivered.code)
    scene.clock.advance(1)
    await scene.makeDispatcher().tick()
    const [before] = await scene.notifications(delivered.order)
    expect(await run({})).toMatchObject({ matched: 0 })
    expect(await run({ states: ['delivered', 'given_up', 'due'] })).toMatchObject({ matched: 1, delivered: 1 })
    expect(await scene.notifications(delivered.order)).toMatchObject([
      { state: 'delivered', finishedAt: before!.finishedAt, attempts: 2 },
    ])
  })

  it('goes page by page through many', async () => {
    Object.assign(scene.core.hub.config, { dispatchConcurrencyPerAddress: 4 })
    for (let i = 0; i < 10; i++) await scene.redeem((await scene.issue()).code)
    expect(await run({})).toEqual({ matched: 10, delivered: 10, failed: 0, skipped: 0 })
    expect(scene.receiver.inbox).toHaveLength(10)
  })
})
