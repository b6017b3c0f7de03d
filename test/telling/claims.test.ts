import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lanes, makeNumber } from '../../src/core/numbers/numbers.ts'
import type { Database } from '../../src/db/client/client.ts'
import {
  claimDue,
  completeDeliveries,
  countDue,
  countLate,
  handBackClaims,
  nextDueAt,
  readInIndexOrder,
  type ClaimedNotification,
} from '../../src/db/notification-queue.ts'
import { beginBatch } from '../../src/db/set-up.ts'
import { claimSeconds } from '../../src/telling/claims.ts'
import { createLaneHolder } from '../../src/process/lane-holder.ts'
import { callbackProtocols } from '../../src/faces/index.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { openScene, type Issued, type Scene } from './partner.ts'

type Claiming = { now: Date; limit?: number }

const claim = (database: Database, { now, limit = 200 }: Claiming): Promise<ClaimedNotification[]> =>
  database.transaction((tx) =>
    claimDue(tx, {
      lanes,
      now,
      limit,
      claimId: randomUUID(),
      claimedUntil: new Date(now.getTime() + claimSeconds * 1000),
    }),
  )

const completionOf = ({ lane, no, claimId }: ClaimedNotification, at: Date) => ({
  lane,
  no,
  claimId,
  state: 'delivered' as const,
  dueAt: null,
  finishedAt: at,
})

describeOnEachDatabase('claims', (database) => {
  let scene: Scene
  let issued: Issued

  beforeEach(async () => {
    scene = await openScene(database())
    issued = await scene.issue()
    await scene.redeem(issued.code)
    scene.clock.advance(1)
  })
  afterEach(() => scene.close())

  it('are had by one at a time, and by anyone once they have run out', async () => {
    expect(await claim(database(), { now: scene.clock.now() })).toMatchObject([{ attempts: 0, lostClaimUntil: null }])
    expect(await claim(database(), { now: scene.clock.now() })).toEqual([])
    const until = new Date(scene.clock.now().getTime() + claimSeconds * 1000)
    scene.clock.advance(claimSeconds)
    expect(await claim(database(), { now: scene.clock.now() })).toMatchObject([{ attempts: 1, lostClaimUntil: until }])
  })

  it('are fences: a completion that comes after another one took over changes nothing', async () => {
    const [stale] = await claim(database(), { now: scene.clock.now() })
    scene.clock.advance(claimSeconds)
    const [fresh] = await claim(database(), { now: scene.clock.now() })
    expect(await completeDeliveries(database().sql, [completionOf(stale!, scene.clock.now())])).toEqual([])
    expect(await scene.notifications(issued.order)).toMatchObject([
      { state: 'due', claimId: fresh!.claimId, attempts: 1 },
    ])
    expect(await completeDeliveries(database().sql, [completionOf(fresh!, scene.clock.now())])).toHaveLength(1)
    expect(await scene.notifications(issued.order)).toMatchObject([{ state: 'delivered', claimId: null, attempts: 2 }])
  })

  it('are handed back as they were, by their holder only', async () => {
    const [mine] = await claim(database(), { now: scene.clock.now() })
    await handBackClaims(database().sql, [{ ...mine!, claimId: randomUUID() }])
    expect(await scene.notifications(issued.order)).toMatchObject([{ claimId: mine!.claimId }])
    await handBackClaims(database().sql, [mine!])
    expect(await scene.notifications(issued.order)).toMatchObject([{ state: 'due', claimId: null, attempts: 0 }])
    expect(await claim(database(), { now: scene.clock.now() })).toHaveLength(1)
  })

  it('of a process that died count as an attempt with an unknown outcome', async () => {
    const claimedAt = scene.clock.now()
    await claim(database(), { now: claimedAt })
    scene.clock.advance(claimSeconds)
    expect(await scene.makeDispatcher().tick()).toBe(1)
    const [notification] = await scene.notifications(issued.order)
    expect(notification).toMatchObject({ state: 'delivered', attempts: 2 })
    expect(await scene.deliveries(notification!)).toMatchObject([
      { attempt: 1, outcome: 'unknown', startedAt: claimedAt },
      { attempt: 2, outcome: 'delivered' },
    ])
  })

  it('of a process that died at the last attempt end the schedule, without an eleventh', async () => {
    await database().sql`update notifications set attempts = 9`
    await claim(database(), { now: scene.clock.now() })
    scene.clock.advance(claimSeconds)
    expect(await scene.makeDispatcher().tick()).toBe(0)
    const [notification] = await scene.notifications(issued.order)
    expect(notification).toMatchObject({ state: 'given_up', attempts: 10, claimId: null })
    expect(await scene.deliveries(notification!)).toMatchObject([{ attempt: 10, outcome: 'unknown' }])
    expect(scene.receiver.inbox).toEqual([])
  })

  it('let a redemption stand that is reversed while it is being told, and its reversal follows', async () => {
    const { code, order } = await scene.issue()
    const redemptionNo = await scene.redeem(code)
    scene.clock.advance(1)
    expect(await claim(database(), { now: scene.clock.now() })).toHaveLength(2)
    const deadline = new Date(scene.clock.now().getTime() + 1_000)
    const by = { operator: { name: 'somebody', reason: 'a mistake' } }
    await scene.core.reverse({ no: makeNumber(0, scene.clock.now()), deadline, by, redemptionNo })
    expect(await scene.notifications(order)).toMatchObject([
      { kind: 'used', state: 'due', claimId: expect.any(String) as string },
      { kind: 'reversed', state: 'due', claimId: null },
    ])
  })

  it('find the next due time, and count what is due and what is late', async () => {
    const now = scene.clock.now()
    expect(await countDue(database().sql, now)).toBe(1)
    expect(await countLate(database().sql, now, 60)).toBe(0)
    expect(await countLate(database().sql, new Date(now.getTime() + 61_000), 60)).toBe(1)
    expect(await nextDueAt(database().sql, lanes, now)).toEqual(now)
    await claim(database(), { now })
    expect(await nextDueAt(database().sql, lanes, now)).toBeUndefined()
  })

  it('reach a lane’s due rows by the index, without reading the others', async () => {
    const plan = await database().transaction(async (tx) => {
      await beginBatch(tx)
      await readInIndexOrder(tx)
      return tx<Record<string, string>[]>`
        explain select d.no from unnest(${[...lanes]}::int[]) l, lateral (select no from notifications
          where lane = l and state = 'due' and kind <> 'expired' and due_at <= now()
          order by due_at limit 4 for update skip locked) d`
    })
    expect(plan.map((row) => Object.values(row)[0]).join('\n')).toContain('notifications_due')
  })

  it('are handed back by a dispatcher that stops, and what is under way is written down as unknown', async () => {
    Object.assign(scene.core.hub.config, { dispatchConcurrency: 4, dispatchConcurrencyPerAddress: 1 })
    const second = await scene.issue()
    await scene.redeem(second.code)
    scene.clock.advance(1)
    scene.receiver.setMode({ path: '/lakala/used', mode: 'slow', milliseconds: 60_000 })
    const dispatcher = scene.makeDispatcher({ patienceMilliseconds: 60_000, stopMilliseconds: 200 })
    dispatcher.start()
    await scene.receiver.waitFor(() => true, 5_000)
    const began = Date.now()
    await dispatcher.stop()
    expect(Date.now() - began).toBeLessThan(10_000)
    const rows = [...(await scene.notifications(issued.order)), ...(await scene.notifications(second.order))]
    expect(rows.map(({ state, claimId }) => ({ state, claimId }))).toEqual([
      { state: 'due', claimId: null },
      { state: 'due', claimId: null },
    ])
    expect(rows.map(({ attempts }) => attempts).toSorted((a, b) => a - b)).toEqual([0, 1])
  })
})

describeOnEachDatabase('two dispatchers', (database) => {
  let scene: Scene

  beforeEach(async () => {
    scene = await openScene(database())
  })
  afterEach(() => scene.close())

  it('never tell the same thing at once', async () => {
    for (let i = 0; i < 40; i++) await scene.redeem((await scene.issue()).code)
    scene.clock.advance(1)
    const everything = { lanes: () => Promise.resolve(lanes), release: () => Promise.resolve() }
    const both = [scene.makeDispatcher({ laneHolder: everything }), scene.makeDispatcher({ laneHolder: everything })]
    const made = await Promise.all(both.flatMap((dispatcher) => [dispatcher.tick(), dispatcher.tick()]))
    await Promise.all(both.map((dispatcher) => dispatcher.tick()))
    expect(scene.receiver.inbox).toHaveLength(40)
    expect(new Set(scene.receiver.inbox.map(({ body }) => (body as { trade_no: string }).trade_no)).size).toBe(40)
    expect(Math.max(...made)).toBeGreaterThan(0)
  })

  it('share the lanes evenly, and take over those of one that is gone', async () => {
    const [first, second] = [createLaneHolder(scene.core.hub), createLaneHolder(scene.core.hub)]
    expect(await first.lanes()).toHaveLength(256)
    expect(await second.lanes()).toHaveLength(128)
    scene.clock.advance(5)
    const [ofFirst, ofSecond] = [await first.lanes(), await second.lanes()]
    expect(new Set([...ofFirst, ...ofSecond]).size).toBe(256)
    expect(ofFirst).toHaveLength(128)
    scene.clock.advance(5)
    await first.lanes()
    scene.clock.advance(10)
    expect(await first.lanes()).toHaveLength(256)
    await first.release()
    expect(await second.lanes()).toHaveLength(256)
  })
})

describe('the protocols of the faces', () => {
  it('give an attempt time enough within its claim', () => {
    expect(claimSeconds).toBeGreaterThanOrEqual(20)
    expect([...callbackProtocols.values()].every(({ waitsSeconds }) => waitsSeconds.length > 0)).toBe(true)
  })
})
