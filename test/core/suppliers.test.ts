import { expect, it } from 'vitest'
import { codeHash } from '../../src/core/keys/hashes.ts'
import { makeNumber } from '../../src/core/numbers/numbers.ts'
import type { SettleOutcome, SupplierSaid } from '../../src/core/command/settle.ts'
import { askAgainSeconds } from '../../src/core/settle/settle.ts'
import { givenUpWords } from '../../src/faces/index.ts'
import { giveUpSupplierRequest } from '../../src/core/back-office/supplier-acts.ts'
import { readRequestsOfOrder, type SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { heard, openScene, operator, usedOf, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { issueCommand, redeemCommand } from '../support/world.ts'

const makeOnly = { makeCodeURL: 'http://127.0.0.1:1/make' }
const withConfirm = { ...makeOnly, verifyURL: 'http://127.0.0.1:1/verify' }

const asked = {
  templateId: supplierWorld.templateId,
  issueUrl: 'http://127.0.0.1/issued',
  redeemUrl: 'http://127.0.0.1/used',
}

const settle = ({ core }: Scene, request: SupplierRequestRow, said: SupplierSaid): Promise<SettleOutcome> =>
  settleRequest(core, request, said)

const sealed = ({ hub: { keyring } }: Scene, codes: string[]): SupplierSaid => ({
  kind: 'accepted',
  codes: codes.map((code) => ({ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) })),
})

/** Orders coupons of the supplier's template. Nobody listens for requests, so the answer is to be settled by the test. */
async function order(scene: Scene, given: Parameters<typeof issueCommand>[1] = {}) {
  // The three seconds that a supplier is waited for are the test's to shorten: it answers while the caller waits.
  const answering = new Promise<SupplierRequestRow>((resolve) => scene.core.pending.listen(resolve))
  const command = issueCommand(scene.clock.now(), { ...asked, ...given })
  const issuing = scene.core.issue(command)
  return { command, issuing, request: await answering }
}

describeOnEachDatabase('An order whose codes a supplier makes', (database) => {
  it('succeeds with the supplier’s codes, which are redeemed like any other', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), makeOnly)
    const code = foreignCode()
    const { issuing, request } = await order(scene)
    await settle(scene, request, sealed(scene, [code]))
    const outcome = await issuing
    expect(outcome.order.state).toBe('succeeded')
    expect(outcome.coupons.map((coupon) => coupon.code)).toEqual([code])
    expect(await scene.redeem(code)).toBe('ok')
    expect(await scene.redeem(code)).toBe('coupon_redeemed')
  })

  it('has its supplier told that a code was used, and not where that was taken back before', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), { ...makeOnly, verifyNotifyURL: 'http://127.0.0.1/supplier' })
    const [code, other] = [foreignCode(), foreignCode()]
    const { issuing, request } = await order(scene, { quantity: 2 })
    await settle(scene, request, sealed(scene, [code, other]))
    await issuing
    await scene.redeem(code, { traceNo: 'ONE' })
    await scene.redeem(other)
    await scene.cancel('ONE')
    const told = await database().sql`
      select kind, state from notifications where kind in ('used', 'supplier_used') order by kind, state`
    expect(told.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'supplier_used due',
      'supplier_used withdrawn',
      'used due',
      'used withdrawn',
    ])
  })

  it('that the supplier refuses fails, gives back what it took, once, and binds its number', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), makeOnly, { max_per_member: 3 })
    const before = await usedOf(database())
    const { issuing, request, command } = await order(scene, { quantity: 2 })
    const said: SupplierSaid = { kind: 'refused', words: 'sold out there' }
    await settle(scene, request, said)
    expect((await issuing).order).toMatchObject({ state: 'failed', failure: 'sold out there' })
    await settle(scene, request, said)
    const after = await usedOf(database())
    for (const [key, used] of Object.entries(after)) expect(used, key).toBe(before[key] ?? 0)
    expect((await scene.core.issue({ ...command, no: makeNumber(0, scene.clock.now()) })).order.state).toBe('failed')
    expect(
      await heard(
        scene.core.issue({ ...command, no: makeNumber(0, scene.clock.now()), fingerprint: Buffer.alloc(16) }),
      ),
    ).toBe('request_conflict')
  })

  it('that an operator gives up fails, and the partner hears nothing of the operator’s reason', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), makeOnly)
    const { issuing, request } = await order(scene)
    await giveUpSupplierRequest(
      scene.core,
      { ...operator, reason: 'ticket 4711: wang says no' },
      request.no,
      givenUpWords,
    )
    const { order: failed } = await issuing
    expect(failed).toMatchObject({ state: 'failed', failure: '通道无结果，人工确认未办理' })
    const [act] = await database().sql`select reason from audit where act = 'supplier.give-up'`
    expect(act).toEqual({ reason: 'ticket 4711: wang says no' })
  })

  it('that failed is made anew under its number where the wire has it so, with a new reference', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), makeOnly)
    const first = await order(scene, { isRemakeable: true })
    await settle(scene, first.request, { kind: 'refused', words: 'not now' })
    const failed = await first.issuing
    const again = new Promise<SupplierRequestRow>((resolve) => scene.core.pending.listen(resolve))
    const remaking = scene.core.issue({ ...first.command, no: makeNumber(0, scene.clock.now()) })
    const request = await again
    expect(request.no).not.toBe(first.request.no)
    const code = foreignCode()
    await settle(scene, request, sealed(scene, [code]))
    const remade = await remaking
    expect(remade.order).toMatchObject({ no: failed.order.no, state: 'succeeded', failure: null })
    expect(remade.coupons.map((coupon) => coupon.code)).toEqual([code])
  })

  it('stays pending while the answer is unknown, is asked again under the same number, and in the end an operator sees it', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), makeOnly)
    const { request } = await order(scene)
    for (const seconds of askAgainSeconds) {
      const { request: after, order: stands } = await settle(scene, request, { kind: 'unknown', reason: 'silence' })
      expect(stands.state).toBe('pending')
      expect(after).toMatchObject({ no: request.no, state: 'due', lastAnswer: 'silence' })
      expect(after.dueAt!.getTime() - scene.clock.now().getTime()).toBe(seconds * 1000)
      scene.clock.advance(seconds)
    }
    const last = await settle(scene, request, { kind: 'unknown', reason: 'silence' })
    expect(last.request).toMatchObject({ state: 'unanswered', dueAt: null, attempts: askAgainSeconds.length + 1 })
    expect(askAgainSeconds.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThanOrEqual(24 * 3600)
    // What comes after all still ends it.
    const late = await settle(scene, request, sealed(scene, [foreignCode()]))
    expect(late.order.state).toBe('succeeded')
  })

  it('takes no part of the codes that it asked for, and none that the hub has already', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), makeOnly)
    const known = foreignCode()
    const first = await order(scene)
    await settle(scene, first.request, sealed(scene, [known]))
    const own = (await scene.issue()).code
    const { request } = await order(scene, { quantity: 2 })
    for (const codes of [[foreignCode()], [foreignCode(), known], [foreignCode(), own]]) {
      const { order: stands } = await settle(scene, request, sealed(scene, codes))
      expect(stands.state).toBe('pending')
    }
    const rows = await readRequestsOfOrder(database().sql, request.lane, request.orderNo)
    expect(rows).toMatchObject([{ state: 'due', attempts: 3, lastAnswer: 'a code came that is one of the hub’s own' }])
    expect(JSON.stringify(rows)).not.toContain(known)
  })

  it('hears one end, whoever brings it', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), makeOnly)
    const code = foreignCode()
    const { request } = await order(scene)
    const said = sealed(scene, [code])
    const outcomes = await Promise.all(
      [said, said, { kind: 'refused' as const, words: 'no' }].map((one) => settle(scene, request, one)),
    )
    expect(outcomes.map(({ order: { state } }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    expect(await usedOf(database())).toMatchObject({ [`numbers:${supplierWorld.sourceId}`]: 1 })
  })
})

describeOnEachDatabase('A coupon whose supplier must say yes', (database) => {
  async function issued(scene: Scene): Promise<string> {
    const code = foreignCode()
    const { request, issuing } = await order(scene)
    await settle(scene, request, sealed(scene, [code]))
    await issuing
    return code
  }

  async function redeeming(scene: Scene, code: string) {
    const asking = new Promise<SupplierRequestRow>((resolve) => scene.core.pending.listen(resolve))
    const command = redeemCommand(code, scene.clock.now())
    const answer = heard(scene.core.redeem(command))
    return { command, answer, request: await asking }
  }

  it('is used when it does, and nobody hears of it before', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), withConfirm)
    const code = await issued(scene)
    const { answer, request, command } = await redeeming(scene, code)
    expect(await scene.redeem(code)).toBe('coupon_busy')
    expect(await scene.cancel(command.traceNo!)).toBe('coupon_busy')
    const told = await database().sql`select 1 from notifications where kind = 'used'`
    expect(told.length).toBe(0)
    await settle(scene, request, { kind: 'accepted', codes: [] })
    expect(await answer).toBe('ok')
    expect(await scene.redeem(code)).toBe('coupon_redeemed')
    // It has counted the coupon as used, and knows no way back.
    expect(await scene.cancel(command.traceNo!)).toBe('redemption_not_reversible')
  })

  it('may be used again when it refuses, and the number that was refused stays bound', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), withConfirm)
    const code = await issued(scene)
    const { answer, request, command } = await redeeming(scene, code)
    await settle(scene, request, { kind: 'refused', words: 'blocked there' })
    expect(await answer).toBe('supplier_rejected')
    expect(await heard(scene.core.redeem({ ...command, no: makeNumber(0, scene.clock.now()) }))).toBe(
      'supplier_rejected',
    )
    const again = await redeeming(scene, code)
    await settle(scene, again.request, { kind: 'accepted', codes: [] })
    expect(await again.answer).toBe('ok')
  })

  it('keeps the coupon busy while the answer is unknown', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), withConfirm)
    const code = await issued(scene)
    const { request } = await redeeming(scene, code)
    const { redemption } = await settle(scene, request, { kind: 'unknown', reason: 'silence' })
    expect(redemption).toMatchObject({ state: 'pending' })
    expect(await scene.redeem(code)).toBe('coupon_busy')
  })
})
