import { expect, it } from 'vitest'
import { makeNonceKey } from '../../src/core/command/callers.ts'
import { cancelCommand, changeSetUp, heard, openScene, scopeOf, till } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../support/world.ts'

const { normal } = world.templates

describeOnEachDatabase('What is set up', (database) => {
  /** Two hubs over one database: what is changed is seen by both from their next batch on. */
  const open = async () => {
    const scene = await openScene(database())
    const { core } = await openTestHub(database(), { now: scene.clock.now })
    const issue = (given = {}) => heard(core.issue(issueCommand(scene.clock.now(), given)))
    const redeem = (code: string, given = {}) => heard(core.redeem(redeemCommand(code, scene.clock.now(), given)))
    return { scene, core, issue, redeem }
  }

  it.each([
    ['apps', `face = 'lakala'`, 'app_disabled'],
    ['channels', 'true', 'channel_disabled'],
    ['activities', 'true', 'activity_closed'],
    ['templates', 'true', 'template_disabled'],
    ['code_sources', 'true', 'template_disabled'],
  ])(
    'and switched off (%s) issues nothing from the next batch on, in another process too',
    async (table, where, code) => {
      const { scene, issue } = await open()
      expect(await issue()).toBe('ok')
      await changeSetUp(database(), `update ${table} set is_enabled = false where ${where}`)
      expect(await issue()).toBe(code)
      expect(await heard(scene.core.issue(issueCommand(scene.clock.now())))).toBe(code)
      await changeSetUp(database(), `update ${table} set is_enabled = true`)
      expect(await issue()).toBe('ok')
    },
  )

  it.each([
    ['apps', 'app_disabled'],
    ['acceptors', 'app_disabled'],
    ['merchants', 'merchant_disabled'],
    ['shops', 'merchant_disabled'],
  ])('and switched off (%s) redeems, cancels and answers nothing from the next batch on', async (table, code) => {
    const { scene, core, redeem } = await open()
    const issued = await scene.issue()
    expect(await redeem(issued.code, { traceNo: 'W1' })).toBe('ok')
    await changeSetUp(database(), `update ${table} set is_enabled = false`)
    expect(await redeem(issued.code)).toBe(code)
    expect(await heard(core.reverse(cancelCommand('W1', scene.clock.now())))).toBe(code)
    expect(await heard(core.checkCoupon({ ...redeemCommand(issued.code, scene.clock.now()) }))).toBe(code)
    expect(await heard(core.lookUpRedemption({ by: { till }, scopeHash: scopeOf('W1') }))).toBe(code)
  })

  it('is open between its two instants, the last one excluded', async () => {
    const { scene, issue } = await open()
    await changeSetUp(
      database(),
      `update activities set starts_at = '2026-11-22T12:00:01+08:00', ends_at = '2026-11-22T12:00:02+08:00'`,
    )
    const words = []
    for (const seconds of [0, 0.999, 0.001, 0.999, 0.001]) {
      scene.clock.advance(seconds)
      words.push(await issue())
    }
    expect(words).toEqual(['activity_closed', 'activity_closed', 'ok', 'ok', 'activity_closed'])
  })

  it('and changed is seen by the next batch of another process: limits, places, new templates', async () => {
    const { scene, issue, redeem } = await open()
    const { code } = await scene.issue()
    await changeSetUp(database(), `update templates set max_per_member = 1, redeemable_at = '{"kind":"nowhere"}'`)
    expect([await issue(), await issue()]).toEqual(['ok', 'limit_exceeded'])
    expect(await redeem(code)).toBe('coupon_not_redeemable_here')
    await changeSetUp(database(), `delete from activity_templates where template_id = '${normal}'`)
    expect(await issue()).toBe('template_not_found')
  })
})

describeOnEachDatabase('A nonce', (database) => {
  it('is heard once, whoever hears it, for twice the tolerance; a refusal may not write it', async () => {
    const scene = await openScene(database())
    const { core: other } = await openTestHub(database(), { now: scene.clock.now })
    const nonce = makeNonceKey('lakala', world.lakala.appid, 'abc', 300)
    const issue = (core: typeof other, given = {}) =>
      heard(core.issue(issueCommand(scene.clock.now(), { nonce, ...given })))
    expect(await issue(scene.core, { templateId: 'T-NONE' })).toBe('template_not_found')
    expect(await issue(scene.core, { externalNo: 'E1' })).toBe('ok')
    expect(await issue(other)).toBe('request_replayed')
    expect(await issue(other, { externalNo: 'E1' })).toBe('request_replayed')
    scene.clock.advance(600)
    expect(await issue(other)).toBe('request_replayed')
    expect(await issue(other, { nonce: makeNonceKey('lakala', 'another app', 'abc', 300) })).toBe('ok')
  })

  it('of a repeated order is written as well as that of the first', async () => {
    const { core, clock } = await openScene(database())
    const nonceOf = (text: string) => makeNonceKey('lakala', world.lakala.appid, text, 300)
    const ask = (text: string) =>
      heard(core.issue(issueCommand(clock.now(), { externalNo: 'E1', nonce: nonceOf(text) })))
    expect(await ask('first')).toBe('ok')
    expect(await Promise.all([ask('second'), ask('second')])).toEqual(['ok', 'request_replayed'])
    expect(await ask('second')).toBe('request_replayed')
  })
})
