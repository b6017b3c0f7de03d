import { expect, it } from 'vitest'
import { cancelCommand, changeCommand, changeSetUp, createClock, heard, openScene, operator } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { redeemCommand } from '../support/world.ts'

describeOnEachDatabase('A till cancels', (database) => {
  it('until the end of the day in Shanghai, and an operator at any time', async () => {
    const clock = createClock('2026-11-22T23:59:00+08:00')
    const { core, issue, cancel } = await openScene(database(), { clock })
    const [one, other] = [await issue(), await issue()]
    await core.redeem(redeemCommand(one.code, clock.now(), { traceNo: 'W1' }))
    const { redemption } = await core.redeem(redeemCommand(other.code, clock.now(), { traceNo: 'W2' }))
    clock.set('2026-11-22T23:59:59.999+08:00')
    expect(await cancel('W1')).toBe('ok')
    clock.advance(0.001)
    expect(await cancel('W2')).toBe('redemption_not_reversible')
    const byOperator = { by: { operator }, scopeHash: undefined, redemptionNo: redemption.no }
    expect(await heard(core.reverse(cancelCommand('', clock.now(), byOperator)))).toBe('ok')
    // What is cancelled already stays so, whatever the time.
    expect([await cancel('W1'), await cancel('W2')]).toEqual(['ok', 'ok'])
  })

  it('for as many seconds as its acceptor has', async () => {
    const { issue, redeem, cancel, clock } = await openScene(database())
    await changeSetUp(database(), `update acceptors set settings = '{"cancelUntil": 100000}'`)
    const [one, other] = [await issue(), await issue()]
    expect(await redeem(one.code, { traceNo: 'W1' })).toBe('ok')
    expect(await redeem(other.code, { traceNo: 'W2' })).toBe('ok')
    clock.advance(99_999.999)
    expect(await cancel('W1')).toBe('ok')
    clock.advance(0.001)
    expect(await cancel('W2')).toBe('redemption_not_reversible')
  })

  it('by our number, where it can be one', async () => {
    const { core, clock } = await openScene(database())
    for (const redemptionNo of ['', '1', `20261122120000000000${'1'.repeat(12)}`, '9'.repeat(32)]) {
      const command = cancelCommand('', clock.now(), { scopeHash: undefined, redemptionNo })
      expect(await heard(core.reverse(command))).toBe('redemption_not_found')
    }
  })
})

describeOnEachDatabase('Every act of an operator is in the audit table', (database) => {
  it('with who, when, why, before and after; what changes nothing and what the clock does is not', async () => {
    const { core, clock, issue, change } = await openScene(database())
    const [one, other] = [await issue(), await issue()]
    const { redemption } = await core.redeem(redeemCommand(other.code, clock.now()))
    await change('freeze', one.coupon)
    await change('freeze', one.coupon)
    await change('unfreeze', one.coupon)
    const until = new Date('2027-01-01T00:00:00Z')
    await change('delay', one.coupon, until)
    await change('void', one.coupon)
    await change('void', one.coupon)
    const byOperator = { by: { operator }, scopeHash: undefined, redemptionNo: redemption.no }
    await core.reverse(cancelCommand('', clock.now(), byOperator))
    await core.reverse(cancelCommand('', clock.now(), byOperator))
    clock.set('2027-02-01T00:00:00Z')
    await core.changeCoupon(changeCommand('expire', other.coupon, clock.now()))
    const rows = await database().sql`select at, actor, act, subject_kind, reason, before, after from audit`
    const validUntil = one.coupon.validUntil.toISOString()
    const row = (act: string, before: object, after: object) => ({
      at: new Date('2026-11-22T04:00:00Z'),
      actor: operator.name,
      act,
      subjectKind: act.split('.')[0],
      reason: operator.reason,
      before,
      after,
    })
    const delayed = until.toISOString()
    expect([...rows].toSorted((a, b) => String(a['act']).localeCompare(String(b['act'])))).toEqual([
      row('coupon.delay', { state: 'issued', validUntil }, { state: 'issued', validUntil: delayed }),
      row('coupon.freeze', { state: 'issued', validUntil }, { state: 'frozen', validUntil }),
      row('coupon.unfreeze', { state: 'frozen', validUntil }, { state: 'issued', validUntil }),
      row('coupon.void', { state: 'issued', validUntil: delayed }, { state: 'voided', validUntil: delayed }),
      row('redemption.reverse', { state: 'succeeded' }, { state: 'reversed' }),
    ])
  })
})
