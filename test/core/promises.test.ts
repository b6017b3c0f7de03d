import { expect, it } from 'vitest'
import { createCore } from '../../src/core/core.ts'
import { createGuessLimit } from '../../src/core/batch/guess-limit.ts'
import type { Database } from '../../src/db/client/client.ts'
import { cancelCommand, changeCommand, changeSetUp, countOf, createClock, heard, openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'

const urls = { issueUrl: 'http://127.0.0.1/issued', redeemUrl: 'http://127.0.0.1/redeemed' }

async function tablesOf({ sql }: Database): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select quote_ident(relname) as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`
  return rows.map(({ name }) => name)
}

/** Everything that the database holds, as one text. */
async function dump(database: Database): Promise<string> {
  const texts: string[] = []
  for (const table of await tablesOf(database)) {
    const rows = await database.sql.unsafe<{ text: string }[]>(`select t::text as text from ${table} t`)
    texts.push(...rows.map(({ text }) => text))
  }
  return texts.join('\n')
}

describeOnEachDatabase('The core', (database) => {
  it('writes a change and its notification in one transaction: both or neither', async () => {
    const { hub, core, clock } = await openScene(database())
    // A notification that is never due cannot be written.
    const failing = await createCore(hub, { firstWaitSeconds: () => Number.NaN })
    await expect(failing.issue(issueCommand(clock.now(), urls))).rejects.toThrow('check constraint')
    expect([await countOf(database(), 'orders'), await countOf(database(), 'notifications')]).toEqual([0, 0])
    const { order, coupons } = await core.issue(issueCommand(clock.now(), urls))
    const { redemption } = await core.redeem(redeemCommand(coupons[0]!.code, clock.now(), { traceNo: 'W1' }))
    await core.reverse(cancelCommand('W1', clock.now()))
    clock.set(coupons[0]!.coupon.validUntil.toISOString())
    await core.changeCoupon(changeCommand('expire', coupons[0]!.coupon, clock.now()))
    const rows = await database()
      .sql`select kind, order_no, redemption_no, url, state from notifications order by created_at, kind`
    const told = (kind: string, redemptionNo: string | null, url: string, state = 'due') => ({
      kind,
      orderNo: order.no,
      redemptionNo,
      url,
      state,
    })
    expect([...rows]).toEqual([
      told('issued', null, urls.issueUrl),
      // Nobody has tried to tell it yet: nothing is told of what did not stay.
      told('used', redemption.no, urls.redeemUrl, 'withdrawn'),
      told('expired', null, urls.redeemUrl),
    ])
  })

  it('tells of a reversal where the redemption may have been told, and only to whom it wants to hear of it', async () => {
    const { core, clock, issue, redeem, cancel } = await openScene(database())
    const [one, other] = [await issue(urls), await issue(urls)]
    expect([await redeem(one.code, { traceNo: 'W1' }), await redeem(other.code, { traceNo: 'W2' })]).toEqual([
      'ok',
      'ok',
    ])
    await database().sql`update notifications set attempts = 1 where kind = 'used'`
    expect(await cancel('W1')).toBe('ok')
    await changeSetUp(database(), `update channels set settings = '{}'`)
    await core.reverse(cancelCommand('W2', clock.now()))
    const rows = await database().sql`select kind, state from notifications where kind <> 'issued' order by kind, state`
    expect(rows.map(({ kind, state }) => `${String(kind)} ${String(state)}`)).toEqual([
      'reversed due',
      'used due',
      'used due',
    ])
  })

  it('reckons money in whole fen and keeps no fraction of anything', async () => {
    const rows = await database().sql<{ name: string; type: string }[]>`
      select table_name || '.' || column_name as name, data_type as type from information_schema.columns
      where table_schema = 'public' and (column_name like '%fen%' or data_type in ('numeric', 'real', 'double precision', 'money'))`
    expect(rows.length).toBeGreaterThan(8)
    expect(rows.filter(({ type }) => type !== 'bigint')).toEqual([])
    const { core, clock, issue } = await openScene(database())
    const { code } = await issue()
    const amounts = { amountFen: Number.MAX_SAFE_INTEGER, realAmountFen: Number.MAX_SAFE_INTEGER - 1 }
    await core.redeem(redeemCommand(code, clock.now(), amounts))
    expect((await database().sql`select amount_fen, real_amount_fen from redemptions`)[0]).toEqual(amounts)
  })

  it('asks its own clock for the time, never the database: every instant of a life is the clock’s', async () => {
    const clock = createClock('2031-05-05T23:59:59.999+08:00')
    const { core, issue, redeem, change } = await openScene(database(), { clock })
    const [one, other] = [await issue(urls), await issue(urls)]
    await redeem(one.code, { traceNo: 'W1' })
    await core.reverse(cancelCommand('W1', clock.now()))
    await core.reverse(cancelCommand('W2', clock.now()))
    await change('void', other.coupon)
    const columns = await database().sql<{ table: string; name: string }[]>`
      select table_name as table, column_name as name from information_schema.columns
      where table_schema = 'public' and column_name in
        ('created_at', 'changed_at', 'finished_at', 'reversed_at', 'cancelled_at', 'at')
        and table_name in ('orders', 'coupons', 'redemptions', 'request_numbers', 'notifications', 'audit')`
    const texts = columns.map(({ table, name }) => `select ${name} as at from ${table} where ${name} is not null`)
    const rows = await database().sql.unsafe<{ at: Date }[]>(`select distinct at from (${texts.join(' union all ')}) t`)
    expect([...rows]).toEqual([{ at: clock.now() }])
    const days = await database().sql`select distinct to_char(day, 'YYYY-MM-DD') as day from daily_totals`
    expect([...days]).toEqual([{ day: '2031-05-05' }])
  })
})

describeOnEachDatabase('Codes are secrets', (database) => {
  it('of which the database holds none in the clear, nor an openid', async () => {
    const { core, clock } = await openScene(database())
    const openid = 'o-nobodyShouldReadThis'
    const command = issueCommand(clock.now(), { ...urls, openid, quantity: 20 })
    const { coupons } = await core.issue(command)
    for (const { code, coupon } of coupons.slice(0, 10)) {
      await core.redeem(redeemCommand(code, clock.now(), { traceNo: `W${coupon.serial}` }))
      await core.reverse(cancelCommand(`W${coupon.serial}`, clock.now()))
      await core.changeCoupon(changeCommand('void', coupon, clock.now()))
    }
    await core.redeem(redeemCommand(coupons[10]!.code, clock.now()))
    const text = await dump(database())
    expect(text).toContain(command.externalNo)
    const hex = (clear: string) => Buffer.from(clear).toString('hex')
    const secrets = [openid, ...coupons.map(({ code }) => code)]
    expect(secrets.filter((secret) => text.includes(secret) || text.includes(hex(secret)))).toEqual([])
  })

  it('which differ, whatever the template, and are found without an index of codes', async () => {
    const { core, clock, hub } = await openScene(database())
    const orders = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        core.issue(
          issueCommand(clock.now(), {
            quantity: 5,
            templateId: i % 2 === 0 ? world.templates.normal : world.templates.short,
          }),
        ),
      ),
    )
    const issued = orders.flatMap(({ coupons }) => coupons)
    expect(new Set(issued.map(({ code }) => code)).size).toBe(200)
    expect(issued.every(({ code }) => /^\d{16}$/.test(code))).toBe(true)
    const space = core.setup.current().codeSources.get(world.sourceId)!.space!
    expect(issued.map(({ code }) => space.serialOf(code))).toEqual(issued.map(({ coupon }) => coupon.serial))
    expect(await countOf(hub.database, 'imported_codes')).toBe(0)
  })

  it('that refuse to fill their space beyond one in ten million', async () => {
    const { core, clock } = await openScene(database())
    const space = core.setup.current().codeSources.get(world.sourceId)!.space!
    await database().sql`update counters set used = ${space.fillLimit - 2} where key = ${`numbers:${world.sourceId}`}`
    const ask = () => heard(core.issue(issueCommand(clock.now())))
    expect([await ask(), await ask(), await ask()]).toEqual(['ok', 'ok', 'stock_exhausted'])
  })

  it('of which a shop may guess twenty in ten minutes, and no shop loses by another', async () => {
    const { clock, issue, redeem } = await openScene(database())
    await changeSetUp(
      database(),
      `insert into shops select acceptor_id, 'S002', merchant_no, name, city_id, true, created_at from shops`,
    )
    const { code } = await issue()
    const guesses = []
    for (let i = 0; i < 22; i += 1) guesses.push(await redeem(String(1_000_000_000_000_000 + i)))
    expect(guesses.slice(19)).toEqual(['coupon_not_found', 'too_many_guesses', 'too_many_guesses'])
    expect(await redeem(code)).toBe('too_many_guesses')
    expect(await redeem(code, { shopNo: 'S002' })).toBe('ok')
    clock.advance(600)
    expect(await redeem(code)).toBe('coupon_redeemed')
  })
})

describeOnEachDatabase('A code that a person types', (database) => {
  it('names its coupon with dashes, blanks, full-width characters and in the other case, once in all', async () => {
    const { issue, redeem } = await openScene(database())
    const grouped = (code: string, between: string): string => code.replace(/(.{4})(?=.)/g, `$1${between}`)
    const wide = (code: string): string =>
      code.replace(/[!-~]/g, (c) => String.fromCodePoint(c.codePointAt(0)! + 0xfee0))
    for (const type of [
      (code: string) => grouped(code, '-'),
      (code: string) => ` ${grouped(code, ' ')} `,
      (code: string) => grouped(code, '—'),
      wide,
      (code: string) => code.toLowerCase(),
    ]) {
      const { code } = await issue()
      const answers = await Promise.all([redeem(type(code)), redeem(code), redeem(type(code))])
      expect(answers.toSorted()).toEqual(['coupon_redeemed', 'coupon_redeemed', 'ok'])
    }
  })

  it('counts as one guess where it is unknown, however often and however it is typed', async () => {
    const { redeem } = await openScene(database())
    for (let i = 0; i < 30; i += 1) {
      const typed = i % 2 === 0 ? '1234 5678 9012 3456' : '1234567890123456'
      expect(await redeem(typed)).toBe('coupon_not_found')
    }
    const others = Array.from({ length: 20 }, (_, i) => redeem(String(1_000_000_000_000_000 + i)))
    expect((await Promise.all(others)).filter((answer) => answer === 'too_many_guesses').length).toBe(1)
  })
})

it('an acceptor whose shops together try codes is stopped as a whole', () => {
  const guesses = createGuessLimit(() => undefined)
  const now = new Date(0)
  const isStopped = (acceptorId: string, shopNo: string, at: Date) =>
    guesses.look().isStopped({ acceptorId, shopNo }, at)
  for (let i = 0; i < 2_000; i += 1)
    guesses.count({ acceptorId: 'A', shopNo: `S${i}`, code: String(i) }, { code: 'coupon_not_found' }, now)
  expect(isStopped('A', 'never seen', now)).toBe(true)
  expect(isStopped('B', 'S1', now)).toBe(false)
  expect(isStopped('A', 'never seen', new Date(600_000))).toBe(false)
})
