import { beforeEach, expect, test } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../support/world.ts'
import { jsonOf, runCli } from './run-cli.ts'

type Shown = { reference: string; code: string; state: string; history: { what: string; words: string }[] }
type Found = { items: { reference: string; code: string; orderNo: string }[]; next: string | null }

describeOnOneDatabase('coupons, orders and redemptions by the command line', (database) => {
  let core: Core
  const at = { now: new Date() }
  const tick = (seconds: number): void => void (at.now = new Date(at.now.getTime() + seconds * 1000))
  beforeEach(async () => {
    at.now = new Date('2026-12-01T00:00:00Z')
    core = (await openTestHub(database(), { now: () => at.now })).core
  })
  const json = <T = Record<string, unknown>>(...argv: string[]) => jsonOf<T>(core, argv)
  const issue = async (given = {}) => {
    tick(1)
    const { coupons, order } = await core.issue(
      issueCommand(at.now, { redeemUrl: 'https://bank.example/used', ...given }),
    )
    return { code: coupons[0]!.code, order }
  }
  const redeem = async (code: string) => {
    tick(1)
    return (await core.redeem(redeemCommand(code, at.now))).redemption
  }

  test('a coupon is shown with its whole life, the oldest first', async () => {
    const { code } = await issue()
    const { no } = await redeem(code)
    tick(1)
    await json('redemption', 'reverse', no, '--reason', 'wrong till')
    tick(1)
    await json('coupon', 'freeze', code, '--reason', 'lost phone')
    const shown = await json<Shown>('coupon', 'show', code)
    expect(shown.state).toBe('frozen')
    // Redeemed and to be told at one instant, reversed by an act at another.
    expect(shown.history.map(({ what }) => what)).toEqual(['issued', 'redeemed', 'to tell', 'reversed', 'act', 'act'])
    expect(shown.history.at(-1)!.words).toContain('coupon.freeze by wang, because: lost phone')
  })

  test('a code is masked wherever it is not asked for', async () => {
    const { code, order } = await issue()
    const hidden = [
      await json('coupon', 'show', code),
      await json('coupon', 'find', '--order', order.no),
      await json('order', 'show', order.no),
      await json('audit', 'list'),
    ]
    expect(JSON.stringify(hidden)).not.toContain(code)
    expect(JSON.stringify(hidden)).not.toContain('o-abcdefghijklmnop')
    expect((await json<Shown>('coupon', 'show', code, '--reveal')).code).toBe(code)
    expect(JSON.stringify(await json('order', 'show', order.no, '--reveal'))).toContain('o-abcdefghijklmnop')
  })

  test('coupons are found by order, by member and by openid', async () => {
    const first = await issue({ memberId: '6200000009', openid: 'o-nine' })
    const second = await issue({ memberId: '6200000009', openid: 'o-nine' })
    await issue()
    const orders = async (...argv: string[]) =>
      (await json<Found>('coupon', 'find', ...argv)).items.map((row) => row.orderNo)
    expect(await orders('--member', '6200000009')).toEqual([second.order.no, first.order.no])
    expect(await orders('--openid', 'o-nine')).toEqual([second.order.no, first.order.no])
    expect(await orders('--order', first.order.externalNo)).toEqual([first.order.no])
    const page = await json<Found>('coupon', 'find', '--member', '6200000009', '--limit', '1')
    expect(await orders('--member', '6200000009', '--limit', '1', '--after', page.next!)).toEqual([first.order.no])
  })

  test('what a list shows in place of the code names the coupon too', async () => {
    const { code, order } = await issue()
    const [found] = (await json<Found>('coupon', 'find', '--order', order.no)).items
    await json('coupon', 'void', found!.reference, '--reason', 'refund')
    expect((await json<Shown>('coupon', 'show', code)).state).toBe('voided')
  })

  test('a coupon is frozen, unfrozen, delayed and voided, once each', async () => {
    const { code } = await issue({ templateId: world.templates.short })
    const act = async (name: string, ...rest: string[]) =>
      await json<{ state: string; isChanged: boolean }>('coupon', name, code, '--reason', 'test', ...rest)
    expect(await act('freeze')).toMatchObject({ state: 'frozen', isChanged: true })
    expect(await act('freeze')).toMatchObject({ state: 'frozen', isChanged: false })
    expect(await act('unfreeze')).toMatchObject({ state: 'issued', isChanged: true })
    tick(60)
    expect((await json<Shown>('coupon', 'show', code)).state).toBe('expired')
    expect(await act('delay', '--until', '2027-01-01')).toMatchObject({
      state: 'issued',
      validUntil: '2026-12-31T16:00:00.000Z',
    })
    expect(await act('void')).toMatchObject({ state: 'voided', isChanged: true })
    const late = await runCli(core, ['coupon', 'freeze', code, '--reason', 'late', '--json'])
    expect(late).toMatchObject({ exitCode: 1, json: { error: { code: 'coupon_voided' } } })
  })

  test('a redemption is reversed once, and its coupon can be used again', async () => {
    const { code } = await issue()
    const { no } = await redeem(code)
    expect(await json('redemption', 'reverse', no, '--reason', 'wrong till')).toMatchObject({ isChanged: true })
    expect(await json('redemption', 'reverse', no, '--reason', 'again')).toMatchObject({ isChanged: false })
    expect(await json('redemption', 'show', no)).toMatchObject({ state: 'reversed', acts: [{ reason: 'wrong till' }] })
    await redeem(code)
  })

  test.each([
    [['coupon', 'show', '1234567890123456'], 3, 'coupon_not_found'],
    [['coupon', 'find'], 2, 'usage'],
    [['coupon', 'find', '--member', 'a', '--openid', 'b'], 2, 'usage'],
    [['order', 'show', 'NONE'], 3, 'order_not_found'],
    [['redemption', 'show', 'NONE'], 3, 'redemption_not_found'],
    [['redemption', 'reverse', 'NONE', '--reason', 'x'], 3, 'redemption_not_found'],
    [['coupon', 'void', 'NONE'], 2, 'usage'],
    [['audit', 'list', '--after', 'nonsense'], 2, 'usage'],
  ])('%j ends with exit code %i', async (argv, exitCode, code) => {
    const said = await runCli(core, [...argv, '--json'])
    expect(said.json).toMatchObject({ error: { code } })
    expect(said.exitCode).toBe(exitCode)
  })
})
