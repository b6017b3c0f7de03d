import { createHash, randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { cancelCommand, changeSetUp, countOf, heard, openScene, operator } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'

const otherContent = { fingerprint: createHash('sha256').update('other').digest() }

describeOnEachDatabase('Same number, same answer', (database) => {
  it('gives a repeated order the first answer, with the same coupons', async () => {
    const { core, clock } = await openScene(database())
    const command = issueCommand(clock.now())
    const first = await core.issue(command)
    clock.advance(3600)
    const second = await core.issue(issueCommand(clock.now(), { externalNo: command.externalNo }))
    expect(second.order.no).toBe(first.order.no)
    expect(second.coupons.map(({ code }) => code)).toEqual(first.coupons.map(({ code }) => code))
    expect([first.isRepeat, second.isRepeat]).toEqual([false, true])
    expect(await countOf(database(), 'coupons')).toBe(1)
  })

  it('makes one order of the same request sent many times at once', async () => {
    const { core, clock } = await openScene(database())
    const answers = Array.from({ length: 50 }, () => core.issue(issueCommand(clock.now(), { externalNo: 'E1' })))
    const numbers = new Set((await Promise.all(answers)).map(({ order }) => order.no))
    expect(numbers.size).toBe(1)
    expect(await countOf(database(), 'orders')).toBe(1)
  })

  it('refuses an order number with other content, and one whose coupon was voided', async () => {
    const { core, clock, issue, change } = await openScene(database())
    const { coupon } = await issue({ externalNo: 'E1' })
    const again = (given = {}) => heard(core.issue(issueCommand(clock.now(), { externalNo: 'E1', ...given })))
    expect(await again(otherContent)).toBe('request_conflict')
    expect(await change('void', coupon)).toBe('ok')
    expect(await again(otherContent)).toBe('request_conflict')
    expect(await again()).toBe('order_voided')
  })

  it('binds nothing by a refusal: the same order number is decided again', async () => {
    const { core, clock } = await openScene(database())
    await changeSetUp(database(), 'update activities set is_enabled = false')
    const issue = (given = {}) => heard(core.issue(issueCommand(clock.now(), { externalNo: 'E1', ...given })))
    expect(await issue()).toBe('activity_closed')
    await changeSetUp(database(), 'update activities set is_enabled = true')
    expect(await issue(otherContent)).toBe('ok')
  })

  it('binds nothing by a refused redemption: the same trace number may come with another coupon', async () => {
    const { issue, redeem } = await openScene(database())
    const { code } = await issue()
    expect(await redeem('1234567890123456', { traceNo: 'W1' })).toBe('coupon_not_found')
    expect(await redeem(code, { traceNo: 'W1' })).toBe('ok')
  })

  it('gives a repeated redemption the first answer, in one batch and in another', async () => {
    const { core, clock, issue } = await openScene(database())
    const { code } = await issue()
    const ask = () => core.redeem(redeemCommand(code, clock.now(), { traceNo: 'W1' }))
    const [first, second] = await Promise.all([ask(), ask()])
    const third = await ask()
    expect(new Set([first, second, third].map(({ redemption }) => redemption.no)).size).toBe(1)
    expect([first.isRepeat, second.isRepeat, third.isRepeat]).toEqual([false, true, true])
  })

  it('refuses a trace number with other content, and one whose redemption was reversed', async () => {
    const { issue, redeem, cancel } = await openScene(database())
    const [one, other] = [await issue(), await issue()]
    const trace = { traceNo: 'W1' }
    expect(await redeem(one.code, trace)).toBe('ok')
    expect(await redeem(other.code, trace)).toBe('request_conflict')
    expect(await cancel('W1')).toBe('ok')
    expect(await redeem(one.code, trace)).toBe('redemption_reversed')
    expect(await redeem(other.code, trace)).toBe('request_conflict')
    expect(await redeem(one.code)).toBe('ok')
  })

  it('lets a command that is run again find its own effect, whatever was switched off meanwhile', async () => {
    const { core, clock } = await openScene(database())
    const order = issueCommand(clock.now())
    const first = await core.issue(order)
    const redemption = redeemCommand(first.coupons[0]!.code, clock.now(), { isRepeatable: false })
    const redeemed = await core.redeem(redemption)
    await changeSetUp(database(), 'update apps set is_enabled = false; update acceptors set is_enabled = false')
    expect((await core.issue(order)).order.no).toBe(first.order.no)
    expect((await core.issue(order)).isRepeat).toBe(false)
    expect(await core.redeem(redemption)).toEqual(redeemed)
  })

  it('says that the coupon is used to the repeat of a redemption without a number', async () => {
    const { issue, redeem } = await openScene(database())
    const { code } = await issue()
    const message = { traceNo: randomUUID(), isRepeatable: false }
    expect(await redeem(code, message)).toBe('ok')
    expect(await redeem(code, message)).toBe('coupon_redeemed')
  })

  it('lets a cancel overtake what it cancels: the late redemption is refused and the coupon stays free', async () => {
    const { core, clock, issue, redeem } = await openScene(database())
    const { code } = await issue()
    const cancel = () => core.reverse(cancelCommand('W1', clock.now()))
    const first = await cancel()
    clock.advance(5)
    expect(await cancel()).toEqual(first)
    expect(first.kind).toBe('forestalled')
    expect(await redeem(code, { traceNo: 'W1' })).toBe('request_cancelled')
    expect(await redeem(code, { traceNo: 'W2' })).toBe('ok')
  })

  it('reverses once however often it is asked, by either name', async () => {
    const { core, clock, issue } = await openScene(database())
    const { code } = await issue()
    const { redemption } = await core.redeem(redeemCommand(code, clock.now(), { traceNo: 'W1' }))
    const byNumber = { scopeHash: undefined, redemptionNo: redemption.no }
    const answers = await Promise.all([
      core.reverse(cancelCommand('W1', clock.now())),
      core.reverse(cancelCommand('', clock.now(), byNumber)),
      core.reverse(cancelCommand('', clock.now(), { ...byNumber, by: { operator } })),
    ])
    expect(answers.map((answer) => answer.kind === 'reversed' && answer.isRepeat)).toEqual([false, true, true])
    const [row] = await database()
      .sql`select redeemed, reversed from daily_totals where template_id = ${world.templates.normal}`
    expect(row).toEqual({ redeemed: 1, reversed: 1 })
  })

  it('knows a redemption only to the merchant whose it is', async () => {
    const { core, clock, issue, cancel } = await openScene(database())
    await changeSetUp(
      database(),
      `insert into merchants values ('${world.shoubei.instNo}', 'M002', 'Another', null, true, now());
       insert into shops values ('${world.shoubei.instNo}', 'S002', 'M002', 'Another', null, true, now())`,
    )
    const { code } = await issue()
    const other = { merchantNo: 'M002', shopNo: 'S002' }
    await core.redeem(redeemCommand(code, clock.now(), { traceNo: 'W1', ...other }))
    expect(await cancel('W1')).toBe('redemption_not_found')
  })
})
