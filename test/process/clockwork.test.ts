import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Database } from '../../src/db/client/client.ts'
import { insertDeliveries } from '../../src/db/deliveries.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import { createClockwork, type Clockwork } from '../../src/process/clockwork.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { world } from '../support/world.ts'
import { openScene, type Scene } from '../telling/partner.ts'

describeOnEachDatabase('the clockwork', (database) => {
  let scene: Scene
  let clockwork: Clockwork

  beforeEach(async () => {
    scene = await openScene(database())
    clockwork = createClockwork(scene.core)
  })
  afterEach(async () => {
    await clockwork.stop()
    await scene.close()
  })

  it('expires a coupon when its time is over, and says so once, however many sweep', async () => {
    const { order } = await scene.issue({ templateId: world.templates.short })
    scene.clock.advance(19.999)
    expect(await clockwork.expireCoupons()).toBe(0)
    scene.clock.advance(0.001)
    const other = createClockwork(scene.core)
    const counts = await Promise.all([clockwork.expireCoupons(), other.expireCoupons(), clockwork.expireCoupons()])
    expect(counts.reduce((sum, count) => sum + count)).toBe(1)
    expect(await clockwork.expireCoupons()).toBe(0)
    expect(await scene.notifications(order)).toMatchObject([{ kind: 'expired', state: 'due' }])
    scene.clock.advance(1)
    await scene.makeDispatcher().tick()
    expect(scene.receiver.inbox).toMatchObject([{ body: { tradeStatus: 'EXPIRED' }, isHeaderSignatureValid: true }])
  })

  it('does not expire what was used', async () => {
    const { code } = await scene.issue({ templateId: world.templates.short })
    await scene.redeem(code)
    scene.clock.advance(3_600)
    expect(await clockwork.expireCoupons()).toBe(0)
  })

  it('makes the partitions of the coming months once, and drops old ones', async () => {
    const partitions = await clockwork.makePartitions()
    try {
      expect(partitions).toContain('deliveries_2026_03')
      expect(partitions).toContain('audit_2026_05')
      expect(await clockwork.makePartitions()).toEqual([])
      const row = { lane: 0, notificationNo: '1', attempt: 1, isManual: false, durationMilliseconds: 1 }
      const rest = { outcome: 'failed' as const, httpStatus: null, answer: null, error: null }
      const older = new Date('2025-11-30T00:00:00Z')
      await insertDeliveries(database().sql, [
        { ...row, ...rest, startedAt: scene.clock.now() },
        { ...row, ...rest, startedAt: older },
      ])
      expect(await clockwork.pruneDeliveries()).toEqual([])
      expect((await database().sql`select 1 from deliveries`).length).toBe(1)
      scene.clock.advance(121 * 86_400)
      expect(await clockwork.pruneDeliveries()).toEqual(['deliveries_2026_03'])
      expect((await database().sql`select 1 from deliveries`).length).toBe(0)
    } finally {
      await dropPartitions(database())
    }
  })

  it('leaves a month whose rows have come already in the default partition', async () => {
    const row = { lane: 0, notificationNo: '1', attempt: 1, isManual: false, startedAt: scene.clock.now() }
    await insertDeliveries(database().sql, [
      { ...row, durationMilliseconds: 1, outcome: 'failed', httpStatus: null, answer: null, error: null },
    ])
    const partitions = await clockwork.makePartitions()
    await dropPartitions(database())
    expect(partitions).not.toContain('deliveries_2026_03')
    expect(partitions).toContain('deliveries_2026_04')
  })

  it('forgets counters of periods that are over', async () => {
    const ended = { key: 'limit:a day long ago', used: 1, endsAt: new Date('2026-02-01T00:00:00Z') }
    await insertRows(database().sql, 'counters', [
      ended,
      { ...ended, key: 'limit:today', endsAt: new Date('2027-01-01') },
    ])
    expect(await clockwork.deleteCounters()).toBe(1)
    const left = await database().sql`select key from counters where ends_at is not null`
    expect(left).toMatchObject([{ key: 'limit:today' }])
  })

  it('sees a change of the set-up that another process made', async () => {
    const version = scene.core.setup.current().version
    await database().sql`update setup_version set version = version + 1`
    await clockwork.refreshSetup()
    expect(scene.core.setup.current().version).toBe(version + 1)
  })

  it('runs by itself once it is started, and stops', async () => {
    const { order } = await scene.issue({ templateId: world.templates.short })
    scene.clock.advance(21)
    clockwork.start()
    await vi.waitFor(async () => expect(await scene.notifications(order)).toHaveLength(1), 5_000)
    await clockwork.stop()
    await dropPartitions(database())
  })
})

// The tests share their database, and partitions outlive a reset of its rows.
async function dropPartitions({ sql }: Database): Promise<void> {
  const rows = await sql<{ name: string }[]>`
    select c.relname::text as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent in ('deliveries'::regclass, 'audit'::regclass) and c.relname !~ '_rest$'`
  for (const { name } of rows) await sql.unsafe(`drop table ${name}`)
}
