import { beforeEach, expect, test } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import { createClock, type TestClock } from '../support/clock.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { createOtherSide, otherDesk, type OtherSide } from '../support/other-side.ts'
import { openTestHub, redeemCommand, world } from '../support/world.ts'
import { jsonOf, runCli } from './run-cli.ts'

const acceptor = world.shoubei.instNo

describeOnOneDatabase('routes by the command line', (database) => {
  let clock: TestClock
  let core: Core
  let other: OtherSide
  beforeEach(async () => {
    clock = createClock()
    other = createOtherSide()
    const suppliers = new Map([['other', other.supplier]])
    core = (await openTestHub(database(), { now: clock.now, suppliers })).core
    await json('supplier', 'add', 'DOUYIN', '--kind', 'other')
  })
  const run = (...argv: string[]) => runCli(core, argv)
  const json = <T = Record<string, unknown>>(...argv: string[]) => jsonOf<T>(core, argv)

  test('a route is added, shown, changed and switched, and each act is in the audit', async () => {
    await json(
      'route',
      'add',
      acceptor,
      '10003',
      '--supplier',
      'DOUYIN',
      '--codes',
      'digits 12',
      '--reason',
      'ticket 9',
    )
    const { lines } = await run('route', 'show', acceptor, '10003')
    expect(lines.join('\n')).toMatch(/name +抖音[^]*codes +digits 12[^]*scanned +no/)
    await json('route', 'update', acceptor, '10003', '--no-codes', '--scanned')
    await json('route', 'name-shop', acceptor, '10003', world.shopNo, '--as', 'POI-1')
    await json('route', 'name-shop', acceptor, '10003', world.shopNo, '--as', 'POI-2')
    expect(await json('route', 'show', acceptor, '10003')).toMatchObject({
      codePattern: null,
      takesScanned: true,
      isEnabled: true,
      thirdShopNos: { [world.shopNo]: 'POI-2' },
    })
    await json('route', 'name-shop', acceptor, '10003', world.shopNo)
    await json('route', 'disable', acceptor, '10003')
    expect(await json('route', 'list')).toMatchObject({ items: [{ isEnabled: false, thirdShopNos: {} }] })
    const { items } = await json<{ items: { act: string; reason: string | null }[] }>('audit', 'list')
    // The clock stands: acts of one instant come in any order.
    expect(items.map(({ act }) => act).toSorted()).toEqual([
      'route.add',
      'route.disable',
      'route.name-shop',
      'route.name-shop',
      'route.name-shop',
      'route.update',
      'supplier.add',
    ])
    expect(items.find(({ act }) => act === 'route.add')!.reason).toBe('ticket 9')
  })

  test.each([
    [['add', acceptor, '1003', '--supplier', 'DOUYIN'], /channelType: must be five digits/],
    [['add', 'NONE', '10003', '--supplier', 'DOUYIN'], /no acceptor NONE/],
    [['add', acceptor, '10003', '--supplier', 'NONE'], /no supplier NONE/],
    [['add', acceptor, '10003', '--supplier', 'DOUYIN', '--codes', '(a+)+$'], /codePattern: must be such as/],
    [['update', acceptor, '10003', '--scanned'], /no route/],
    [['name-shop', acceptor, '10003', 'S9', '--as', 'X'], /no route/],
  ])('what is wrong is refused: %j', async (argv, words) => {
    const { errors, exitCode } = await run('route', ...argv)
    expect(errors.join('\n')).toMatch(words)
    expect(exitCode).not.toBe(0)
  })

  test('a supplier that has no codes of its own for tills is refused, and one of kind own stands for our codes', async () => {
    other = createOtherSide()
    const { redeemer: _, ...maker } = other.supplier
    const suppliers = new Map([['other', maker]])
    core = (await openTestHub(database(), { now: clock.now, suppliers })).core
    const { errors } = await run('route', 'add', acceptor, '10003', '--supplier', 'DOUYIN')
    expect(errors.join('\n')).toMatch(/suppliers of kind other have no codes of their own/)
    await json('supplier', 'add', 'OURS', '--kind', 'own')
    await json('route', 'add', acceptor, '10001', '--supplier', 'OURS')
  })

  test('what a supplier does not answer is listed, asked again and given up, and its record is shown without the code', async () => {
    await json('route', 'add', acceptor, '10003', '--supplier', 'DOUYIN')
    const code = other.give('679533922928')
    other.next('redeem', 'silent', 'silent')
    const routing = { channelType: '10003', excluded: [] }
    const waiting = core.redeem(redeemCommand(code, clock.now(), { routing, traceNo: 'T1' })).catch(String)
    const desk = otherDesk(core)
    await expect.poll(() => desk.tick()).toBe(1)
    const { items } = await json<{ items: { no: string; kind: string; lastAnswer: string }[] }>('supplier', 'pending')
    expect(items).toMatchObject([{ kind: 'redeem', lastAnswer: 'silence', attempts: 1 }])
    const { no } = items[0]!
    expect((await run('supplier', 'pending')).tables[0]!.rows[0]).toContain('to use its code')
    expect(await json('supplier', 'pending', '--unanswered')).toMatchObject({ items: [] })
    await json('supplier', 'ask-again', no, '--reason', 'they were down')
    expect(await desk.tick()).toBe(1)
    await json('supplier', 'give-up', no, '--reason', 'they say it is unused')
    expect(await waiting).toMatch(/人工确认未办理$/)
    const shown = await run('redemption', 'show', no)
    expect(shown.lines.join('\n')).toMatch(/state +failed[^]*trace no +T1[^]*人工确认未办理/)
    expect(JSON.stringify(await json('audit', 'list'))).toContain('they say it is unused')
    expect(JSON.stringify([shown, await json('redemption', 'show', no)])).not.toContain(code)
    expect(await json('explain', no)).toMatchObject({ kind: 'redemption', state: 'failed' })
    expect((await run('supplier', 'give-up', no, '--reason', 'again')).errors.join()).toMatch('has answered')
  })

  test('the proof finds an open redemption that nobody asks about', async () => {
    await json('route', 'add', acceptor, '10003', '--supplier', 'DOUYIN')
    const routing = { channelType: '10003', excluded: [] }
    void core.redeem(redeemCommand(other.give('679533922928'), clock.now(), { routing })).catch(() => undefined)
    await expect.poll(async () => (await database().sql`select 1 from foreign_redemptions`).length).toBe(1)
    expect((await run('verify', '--full')).exitCode).toBe(0)
    await database().sql`update foreign_redemptions set due_at = null`
    expect((await run('verify')).errors.concat((await run('verify')).lines).join('\n')).toMatch('nobody asks about it')
    await database().sql`update foreign_redemptions set state = 'succeeded', is_holding = false`
    const { errors, lines } = await run('verify')
    expect(errors.concat(lines).join('\n')).toMatch('does not hold it')
  })
})
