import { expect, it } from 'vitest'
import { sumTotals } from '../../src/core/counters/counters.ts'
import { changeSetUp, countOf, createClock, heard, openScene, tally, usedOf } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand, openTestHub, world } from '../support/world.ts'

const { normal, scarce } = world.templates
const stockOfScarce = `stock:template:${scarce}`
const member = (n: number) => ({ memberId: `${world.memberPrefix}0000000${n}` })
const openid = (n: number) => ({ openid: `o-${n}` })

describeOnEachDatabase('Never oversold, never over a limit', (database) => {
  it('sells exactly the stock, however many ask at once', async () => {
    const { core, clock } = await openScene(database())
    const asks = Array.from({ length: 200 }, () => core.issue(issueCommand(clock.now(), { templateId: scarce })))
    expect(await tally(asks)).toEqual({ ok: 10, stock_exhausted: 190 })
    expect((await usedOf(database()))[stockOfScarce]).toBe(10)
    expect(await countOf(database(), 'coupons')).toBe(10)
  })

  it('sells no part of an order for which there is too little, and the next smaller one in the same batch', async () => {
    const { core, clock } = await openScene(database())
    const ask = (quantity: number) => heard(core.issue(issueCommand(clock.now(), { templateId: scarce, quantity })))
    expect(await Promise.all([ask(8), ask(3), ask(2), ask(1)])).toEqual([
      'ok',
      'stock_exhausted',
      'ok',
      'stock_exhausted',
    ])
    expect(await countOf(database(), 'orders')).toBe(2)
  })

  it('keeps to the stock of the activity over all of its templates', async () => {
    const { core, clock } = await openScene(database())
    await changeSetUp(
      database(),
      `insert into counters (key, used, max) values ('stock:activity:${world.activityId}', 0, 3)`,
    )
    const templates = [normal, scarce, world.templates.short, normal, scarce]
    const asks = templates.map((templateId) => core.issue(issueCommand(clock.now(), { templateId })))
    expect(await tally(asks)).toEqual({ ok: 3, stock_exhausted: 2 })
  })

  it.each([
    ['templates', 'max_per_member'],
    ['templates', 'max_per_openid'],
    ['templates', 'max_per_member_day'],
    ['templates', 'max_per_openid_day'],
    ['activities', 'max_per_member'],
    ['activities', 'max_per_openid'],
    ['activities', 'max_per_member_day'],
    ['activities', 'max_per_openid_day'],
  ])(
    'keeps to the limit that %s set by %s, for each holder by itself, days being those of Shanghai',
    async (table, limit) => {
      const clock = createClock('2026-11-22T23:59:50+08:00')
      const { core } = await openScene(database(), { clock })
      await changeSetUp(database(), `update ${table} set ${limit} = 2`)
      const holder = limit.includes('member') ? member : openid
      const other = limit.includes('member') ? openid : member
      // What is not limited differs from ask to ask.
      let asked = 0
      const ask = (n: number) => core.issue(issueCommand(clock.now(), { ...holder(n), ...other((asked += 1)) }))
      expect(await tally([ask(1), ask(1), ask(1), ask(2)])).toEqual({ ok: 3, limit_exceeded: 1 })
      clock.advance(9)
      expect(await tally([ask(1)])).toEqual({ limit_exceeded: 1 })
      clock.advance(1)
      expect(await tally([ask(1), ask(1), ask(1)])).toEqual(
        limit.endsWith('day') ? { ok: 2, limit_exceeded: 1 } : { limit_exceeded: 3 },
      )
    },
  )

  it('counts each coupon of an order against a limit', async () => {
    const { core, clock } = await openScene(database())
    await changeSetUp(database(), 'update templates set max_per_member = 3')
    const ask = (quantity: number) => heard(core.issue(issueCommand(clock.now(), { quantity })))
    expect(await Promise.all([ask(2), ask(2), ask(1)])).toEqual(['ok', 'limit_exceeded', 'ok'])
  })

  it('holds across processes, whose memories know nothing of each other', async () => {
    const one = await openScene(database())
    const two = await openTestHub(database(), { now: one.clock.now })
    await changeSetUp(database(), 'update templates set max_per_member = 7')
    const ask = (i: number) => (i % 2 === 0 ? one : two).core.issue(issueCommand(one.clock.now()))
    expect(await tally(Array.from({ length: 60 }, (_, i) => ask(i)))).toEqual({ ok: 7, limit_exceeded: 53 })
  })

  it('is kept by the database itself, against a program that is wrong', async () => {
    await openScene(database())
    const oversell = database().sql`update counters set used = max + 1 where key = ${stockOfScarce}`
    await expect(oversell).rejects.toThrow('check constraint')
    const giveTwice = database().sql`update counters set used = -1 where key = ${stockOfScarce}`
    await expect(giveTwice).rejects.toThrow('check constraint')
  })
})

describeOnEachDatabase('What was taken is given back, once', (database) => {
  it('gives stock and limits back when a coupon is voided, into the day from which they were taken', async () => {
    const { clock, issue, change } = await openScene(database())
    await changeSetUp(database(), 'update templates set max_per_member = 5, max_per_member_day = 2')
    const { coupon } = await issue({ templateId: scarce })
    const taken = await usedOf(database())
    expect(Object.values(taken).toSorted((a, b) => a - b)).toEqual([0, 0, 1, 1, 1, 1000])
    clock.advance(24 * 3600)
    expect(await Promise.all([change('void', coupon), change('void', coupon)])).toEqual(['ok', 'ok'])
    expect(await change('void', coupon)).toBe('ok')
    const left = await usedOf(database())
    expect(Object.values(left).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 1000])
    expect(Object.keys(left)).toEqual(Object.keys(taken))
  })

  it('gives no stock back where the template says so, but what the holder may have', async () => {
    const { issue, change } = await openScene(database())
    await changeSetUp(database(), 'update templates set is_stock_returned = false, max_per_member = 1')
    const { coupon } = await issue({ templateId: scarce })
    expect(await change('void', coupon)).toBe('ok')
    expect((await usedOf(database()))[stockOfScarce]).toBe(1)
    await issue({ templateId: scarce })
    expect((await usedOf(database()))[stockOfScarce]).toBe(2)
  })

  it('voids a coupon whose day is long over and no longer counted', async () => {
    const { issue, change } = await openScene(database())
    await changeSetUp(database(), 'update templates set max_per_member = 5, max_per_member_day = 2')
    const { coupon } = await issue()
    await database().sql`delete from counters where ends_at is not null`
    expect(await change('void', coupon)).toBe('ok')
    expect(Object.values(await usedOf(database())).filter((used) => used === 1)).toEqual([])
    const [row] = await database().sql`select uses, uses_returned from coupons`
    expect((row!['uses'] as unknown[]).length - (row!['usesReturned'] as unknown[]).length).toBe(1)
  })

  it('gives a reversed redemption back to its coupon, use by use', async () => {
    const { issue, redeem, cancel, stateOf } = await openScene(database())
    await changeSetUp(database(), 'update templates set use_times = 2')
    const { code, coupon } = await issue({ useTimesMax: 9 })
    const used = (traceNo: string) => redeem(code, { traceNo })
    expect([await used('W1'), await used('W2'), await used('W3')]).toEqual(['ok', 'ok', 'coupon_redeemed'])
    expect(await Promise.all([cancel('W1'), cancel('W2'), cancel('W1')])).toEqual(['ok', 'ok', 'ok'])
    expect(await stateOf(coupon)).toBe('issued')
    expect(await Promise.all([used('W4'), used('W5'), used('W6')])).toEqual(['ok', 'ok', 'coupon_redeemed'])
  })
})

describeOnEachDatabase('No counter is touched where no limit is set', (database) => {
  it('counts nothing that nobody limits', async () => {
    const { core, clock } = await openScene(database())
    await changeSetUp(database(), `delete from counters where key like 'stock:%'`)
    await core.issue(issueCommand(clock.now()))
    expect(Object.keys(await usedOf(database()))).toEqual([`numbers:${world.sourceId}`])
    const [row] = await database().sql`select uses from coupons`
    expect(row).toEqual({ uses: [] })
  })

  it('believes "full" for at most one second', async () => {
    const { core, clock, issue, change } = await openScene(database())
    const { coupon } = await issue({ templateId: scarce })
    const ask = (quantity = 1) => heard(core.issue(issueCommand(clock.now(), { templateId: scarce, quantity })))
    expect(await ask(9)).toBe('ok')
    expect(await ask()).toBe('stock_exhausted')
    expect(await change('void', coupon)).toBe('ok')
    expect(await ask()).toBe('stock_exhausted')
    clock.advance(0.999)
    expect(await ask()).toBe('stock_exhausted')
    clock.advance(0.001)
    expect(await ask()).toBe('ok')
  })

  it('does not believe "full" of what a batch meant to take and did not', async () => {
    const { core, clock } = await openScene(database())
    // Text that the database cannot hold: the batch of all three is undone, and each is decided by itself.
    const guilty = { templateId: normal, openid: undefined, issueUrl: 'http://127.0.0.1/\u0000' }
    const ask = (given: object) => core.issue(issueCommand(clock.now(), { templateId: scarce, ...given }))
    const bad = ask(guilty)
    const answers = [heard(ask({ quantity: 10 })), heard(ask({ quantity: 1 }))]
    await expect(bad).rejects.toThrow()
    expect(await Promise.all(answers)).toEqual(['ok', 'stock_exhausted'])
  })

  it('decides a request that comes in the very instant in which "full" is no longer believed', async () => {
    const clock = createClock()
    // Each look at the clock takes a while.
    const { core } = await openScene(database(), { now: () => (clock.advance(0.4), clock.now()) })
    const ask = (quantity = 1) => heard(core.issue(issueCommand(clock.now(), { templateId: scarce, quantity })))
    expect(await ask(10)).toBe('ok')
    const answers = new Set<string>()
    for (let i = 0; i < 12; i += 1) answers.add(await ask())
    expect([...answers]).toEqual(['stock_exhausted'])
  })
})

it('sums a batch by template, activity and channel, on the day of Shanghai', () => {
  const names = { templateId: 'T', activityId: 'A', channelId: 'C' }
  const rows = sumTotals(
    [
      { ...names, issued: 1 },
      { ...names, issued: 1 },
      { ...names, templateId: 'U', voided: 1 },
    ],
    new Date('2026-11-22T16:00:00Z'),
  )
  expect(rows.map(({ templateId, day, issued, voided }) => [templateId, day, issued, voided])).toEqual([
    ['T', '2026-11-23', 2, 0],
    ['U', '2026-11-23', 0, 1],
  ])
})
