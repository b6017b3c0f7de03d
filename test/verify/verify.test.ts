import { describe, expect, it } from 'vitest'
import { verifyHub, type VerifyOptions } from '../../src/core/verify/verify.ts'
import type { Sql } from '../../src/db/client/client.ts'
import { describeOnEachDatabase, playOnce } from '../support/database.ts'
import { world } from '../support/world.ts'
import { openClockedHub, playMix, poolId, type ClockedHub } from './mix.ts'

const noon = new Date('2026-06-10T04:00:00Z')
const daysLater = (days: number): Date => new Date(noon.getTime() + days * 24 * 3_600_000)
const options: VerifyOptions = { pauseMilliseconds: 1, attemptsOf: new Map([['lakala', 10]]) }

const prove = ({ core }: ClockedHub, more: VerifyOptions = {}) => verifyHub(core, { ...options, ...more })

const firstCoupon = (sql: Sql, state: string) => sql`
  (lane, source_id, serial) in (select lane, source_id, serial from coupons where state = ${state}
    order by order_no limit 1)`

/** What may go wrong with the data, and which check names it. */
const corruptions: { title: string; plant: (sql: Sql) => Promise<unknown>; check: string }[] = [
  {
    title: 'a stock counter that is off by one',
    plant: (sql) => sql`update counters set used = used + 1 where key = ${`stock:template:${world.templates.normal}`}`,
    check: 'stock',
  },
  {
    title: 'a stock counter that is gone',
    plant: (sql) => sql`delete from counters where key like 'stock:activity:%'`,
    check: 'stock',
  },
  {
    title: "a holder's counter that is off by one",
    plant: (sql) => sql`update counters set used = used + 1 where key = (
      select min(key) from counters where key like 'holder:%' and ends_at is null)`,
    check: 'holder_limit',
  },
  {
    title: "a holder's counter of today that is gone",
    plant: (sql) => sql`delete from counters where key = (select min(key) from counters where ends_at is not null)`,
    check: 'holder_limit',
  },
  {
    title: 'a pool that has handed out one more than it says',
    plant: (sql) => sql`update counters set used = used - 1 where key = ${`numbers:${poolId}`}`,
    check: 'pool_taken',
  },
  {
    title: 'a pool that says it has more codes than it has',
    plant: (sql) => sql`update counters set max = max + 1 where key = ${`numbers:${poolId}`}`,
    check: 'pool_size',
  },
  {
    title: 'a pool code that is in another lane than its coupon',
    plant: (sql) => sql`update imported_codes set lane = lane + 1 where lane is not null`,
    check: 'coupon_number',
  },
  {
    title: 'a code space whose numbers were set back',
    plant: (sql) => sql`update counters set used = 3 where key = ${`numbers:${world.sourceId}`}`,
    check: 'space_taken',
  },
  {
    title: 'a coupon with a number that nobody took',
    plant: (sql) => sql`update coupons set serial = serial + 256 * 1000000 where ${firstCoupon(sql, 'frozen')}`,
    check: 'coupon_number',
  },
  {
    title: 'a code space that may be filled until codes can be guessed',
    plant: (sql) => sql`update counters set max = max * 2 where key = ${`numbers:${world.sourceId}`}`,
    check: 'space_limit',
  },
  {
    title: 'a daily total that was edited',
    plant: (sql) => sql`update daily_totals set redeemed_fen = redeemed_fen - 1 where redeemed_fen > 0`,
    check: 'daily_total',
  },
  {
    title: 'more expired coupons in the totals than there can be',
    plant: (sql) => sql`update daily_totals set expired = expired + 10 where template_id = ${world.templates.short}`,
    check: 'expired_total',
  },
  {
    title: 'a coupon that is used without a redemption',
    plant: (sql) => sql`update coupons set state = 'redeemed', uses_left = 0 where ${firstCoupon(sql, 'issued')}`,
    check: 'coupon_uses',
  },
  {
    title: 'a redemption that is gone',
    plant: (sql) => sql`delete from redemptions where no = (select min(no) from redemptions where state = 'succeeded')`,
    check: 'coupon_uses',
  },
  {
    title: 'a coupon that is gone',
    plant: (sql) => sql`delete from coupons where ${firstCoupon(sql, 'redeemed')}`,
    check: 'order_coupons',
  },
  ...(['issued', 'used', 'expired'] as const).map((kind) => ({
    title: `a notification (${kind}) that is gone`,
    plant: (sql: Sql) => sql`delete from notifications where no = (
      select max(no) from notifications where kind = ${kind} and state = 'due')`,
    check: `${kind}_told`,
  })),
  {
    title: 'a redemption of which the channel is told another amount',
    plant: (sql) => sql`update notifications set facts = facts || '{"discountFen": 2999}'
      where no = (select min(no) from notifications where kind = 'used')`,
    check: 'one_amount',
  },
  {
    title: 'a redemption that took off more than was to be paid',
    plant: (sql) =>
      sql`update redemptions set amount_fen = 2999, real_amount_fen = null where no = (select min(no) from redemptions)`,
    check: 'one_amount',
  },
  {
    title: 'a redemption that stands, and whose notification was withdrawn',
    plant: (sql) => sql`update notifications set state = 'withdrawn', due_at = null, finished_at = created_at
      where no = (select min(n.no) from notifications n join redemptions r on r.no = n.redemption_no
        where n.state = 'due' and n.kind = 'used' and r.state = 'succeeded')`,
    check: 'used_told',
  },
  {
    title: 'a reversal that is told of although the redemption never was',
    plant: (
      sql,
    ) => sql`insert into notifications select lane, no || 'x', 'reversed', face, app_id, channel_id, order_no,
        source_id, serial, redemption_no, url, facts, state, attempts, due_at, claim_id, claimed_until, created_at,
        finished_at
      from notifications where kind = 'used' and state = 'withdrawn' limit 1`,
    check: 'reversed_told',
  },
  {
    title: 'a voided coupon that gave back what it had not taken',
    plant: (sql) => sql`update coupons set uses_returned = '[["stock:template:T-SCARCE", 1]]' where state = 'voided'`,
    check: 'void_returned',
  },
  {
    title: 'an order that is gone while its notification is there',
    plant: (sql) => sql`delete from orders where no = (select min(order_no) from notifications where kind = 'issued')`,
    check: 'notification_cause',
  },
  {
    title: 'a delivery of a notification that is gone',
    plant: (sql) => sql`delete from notifications where state = 'delivered'`,
    check: 'delivery',
  },
  {
    title: 'a notification that is delivered without a delivery',
    plant: (sql) => sql`update deliveries set outcome = 'refused'`,
    check: 'delivered',
  },
  {
    title: 'a notification that was tried eleven times',
    plant: (sql) => sql`insert into deliveries select lane, notification_no, g, false, started_at, 1, 'refused'
      from deliveries, generate_series(2, 11) g`,
    check: 'attempts',
  },
]

describeOnEachDatabase('verify', (database) => {
  it('finds nothing wrong with a hub that nothing ever happened in', async () => {
    const hub = await openClockedHub(database(), noon)
    expect((await prove(hub, { isFull: true })).differences).toEqual([])
  })

  it('finds nothing wrong after all verbs, on the day and when it is closed', async () => {
    const hub = await openClockedHub(database(), noon)
    await playMix(hub)
    expect((await prove(hub)).differences).toEqual([])
    hub.at(daysLater(1))
    await playMix(hub)
    expect((await prove(hub)).differences).toEqual([])
    hub.at(daysLater(2))
    expect((await prove(hub)).differences).toEqual([])
    expect((await prove(hub, { isFull: true })).differences).toEqual([])
  })

  it('reads closed days once, and again where it is asked to', async () => {
    const hub = await openClockedHub(database(), noon)
    await playMix(hub)
    hub.at(daysLater(3))
    expect((await prove(hub)).checked).toMatchObject({ days: 4, daysRead: 4 })
    expect((await prove(hub)).checked).toMatchObject({ days: 4, daysRead: 1 })
    expect((await prove(hub, { isFull: true })).checked).toMatchObject({ days: 4, daysRead: 4 })
  })

  it('finds what changed in a closed day when it counts everything again', async () => {
    const hub = await openClockedHub(database(), noon)
    await playMix(hub)
    hub.at(daysLater(2))
    await prove(hub)
    await database().sql`
      delete from redemptions where no =
        (select min(redemption_no) from notifications join redemptions r on r.no = redemption_no and r.state = 'succeeded')`
    expect((await prove(hub)).differences).toEqual([])
    const checks = (await prove(hub, { isFull: true })).differences.map(({ check }) => check)
    expect(new Set(checks)).toEqual(
      new Set(['closed_day', 'coupon_uses', 'daily_total', 'notification_cause', 'request_number']),
    )
  })

  it('trusts what was kept, and still holds it against counters and totals', async () => {
    const hub = await openClockedHub(database(), noon)
    await playMix(hub)
    hub.at(daysLater(2))
    await prove(hub)
    await database().sql`update counters set used = used + 1 where key like 'stock:activity:%'`
    await database().sql`update daily_totals set issued = issued + 1 where template_id = ${world.templates.short}`
    const checks = (await prove(hub)).differences.map(({ check }) => check)
    expect(checks.toSorted()).toEqual(['daily_total', 'stock'])
  })

  it('tells how far it has come', async () => {
    const hub = await openClockedHub(database(), noon)
    await playMix(hub)
    const told: { done: number; total: number }[] = []
    await prove(hub, { onProgress: (progress) => told.push(progress) })
    expect(told.at(-1)).toEqual({ done: 256, total: 256 })
  })

  describe('names', () => {
    const played = playOnce(database, async () => {
      const hub = await openClockedHub(database(), noon)
      await playMix(hub)
      return hub
    })
    it.each(corruptions)('$title', async ({ plant, check }) => {
      const hub = await played()
      await plant(database().sql)
      const { differences, toDo } = await prove(hub)
      expect(differences.map((difference) => difference.check)).toContain(check)
      for (const difference of differences) expect(toDo[difference.check]!.length).toBeGreaterThan(20)
      for (const { words, subject } of differences) expect(`${words} ${subject}`.length).toBeGreaterThan(20)
    })
  })
})
