import { afterEach, expect, it } from 'vitest'
import { readHistory } from '../../src/cli/history.ts'
import { givenUpWords } from '../../src/faces/index.ts'
import { giveUpSupplierRequest } from '../../src/core/back-office/supplier-acts.ts'
import { newUseCommand } from '../../src/core/supplier/notice.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import { lanes } from '../../src/core/numbers/numbers.ts'
import { readCoupons } from '../../src/db/coupons.ts'
import { createClockwork } from '../../src/process/clockwork.ts'
import type { Asking } from '../../src/asking/queue.ts'
import { createSupplierAsking } from '../../src/asking/supplier-requests.ts'
import { createSupplierGate } from '../../src/asking/supplier-gate.ts'
import type { SupplierUse } from '../../src/suppliers/supplier.ts'
import { heard, openScene, operator, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { supplierWorld } from '../support/suppliers.ts'
import { createWallet, seedWallet, withWallet, type Wallet } from '../support/wallet.ts'
import { issueCommand } from '../support/world.ts'

const nothing = async () => ({ kind: 'failed' as const, reason: 'none', message: 'nothing is sent' })

describeOnEachDatabase('A coupon in a wallet', (database) => {
  const desks: Asking[] = []
  afterEach(async () => {
    await Promise.all(desks.splice(0).map((desk) => desk.stop()))
  })

  type Opened = { scene: Scene; wallet: Wallet; desk: Asking; expire: () => Promise<number> }

  async function open(): Promise<Opened> {
    const wallet = createWallet()
    const scene = await openScene(database(), { suppliers: withWallet(wallet) })
    await seedWallet(database())
    const desk = createSupplierAsking(scene.core, {
      gate: createSupplierGate(scene.core, nothing),
      lanes: async () => lanes,
    })
    desks.push(desk)
    desk.start()
    return { scene, wallet, desk, expire: () => createClockwork(scene.core).expireCoupons() }
  }
  const issue = async ({ core, clock }: Scene) => {
    const urls = { issueUrl: 'http://127.0.0.1/issued', redeemUrl: 'http://127.0.0.1/used' }
    const command = issueCommand(clock.now(), { templateId: supplierWorld.templateId, ...urls })
    return (await core.issue(command)).coupons[0]!
  }
  const record = ({ core }: Scene, use: SupplierUse) =>
    core.recordUse(newUseCommand(core.hub, 0, supplierWorld.supplierId, use))
  const told = async (): Promise<string[]> => {
    const rows = await database().sql<{ kind: string; state: string }[]>`
      select kind, state from notifications where kind <> 'issued' order by created_at, kind`
    return rows.map(({ kind, state }) => `${kind} ${state}`)
  }
  const requests = () =>
    database().sql`select kind, state, attempts, last_answer from supplier_requests where kind = 'look_up'`
  const proof = async ({ core }: Scene) => (await verifyHub(core, { isFull: true, pauseMilliseconds: 0 })).differences

  it('is redeemed once by a use that its supplier tells of, however often and by whatever way it does', async () => {
    const { scene, wallet } = await open()
    const { code, coupon } = await issue(scene)
    const use = wallet.use(code, { amountFen: 10_000, realAmountFen: 7_000, merchantNo: '1900000109' })
    const first = await record(scene, use)
    const others = await Promise.all([record(scene, use), record(scene, use)])
    const { reference: _, ...withoutReference } = use
    const again = await record(scene, withoutReference)
    expect(first.redemption).toMatchObject({
      state: 'succeeded',
      toldBy: supplierWorld.supplierId,
      usedAt: use.usedAt,
    })
    for (const { isRepeat, redemption } of [...others, again]) {
      expect([isRepeat, redemption.no]).toEqual([true, first.redemption.no])
    }
    expect(await scene.stateOf(coupon)).toBe('redeemed')
    expect(await told()).toEqual(['used due'])
    const [row] = await database().sql`select facts from notifications where kind = 'used'`
    const amounts = { amountFen: 10_000, realAmountFen: 7_000, faceValueFen: 3_000, discountFen: 3_000 }
    expect(row).toEqual({ facts: { happenedAt: use.usedAt.toISOString(), ...amounts } })
    expect(await proof(scene)).toEqual([])
  })

  it('is not known before the answer that named it was written down, and its use is taken when it is told again', async () => {
    const { scene, wallet, desk } = await open()
    // The supplier gives, and its answer is lost.
    wallet.answers.push(async (_, give) => (give(), { kind: 'unknown', reason: 'silence' }))
    const issuing = issue(scene).catch(() => undefined)
    await expect.poll(() => wallet.given.size).toBe(1)
    const [code] = [...wallet.given.values()]
    const use = wallet.use(code!)
    expect(await heard(record(scene, use))).toBe('coupon_not_found')
    await expect
      .poll(async () => (await database().sql`select 1 from supplier_requests where attempts = 1`).length)
      .toBe(1)
    scene.clock.advance(2)
    await desk.tick()
    await issuing
    expect(await heard(record(scene, use))).toBe('ok')
    expect(await told()).toEqual(['used due'])
    expect(await proof(scene)).toEqual([])
  })

  it('is taken by no till, although somebody there knows its number', async () => {
    const { scene } = await open()
    const { code, coupon } = await issue(scene)
    expect(await scene.redeem(code)).toBe('coupon_not_redeemable_here')
    expect(await scene.stateOf(coupon)).toBe('issued')
  })

  it('of another supplier is not known to this one', async () => {
    const { scene, wallet } = await open()
    const own = await scene.issue()
    expect(await heard(record(scene, wallet.use(own.code)))).toBe('coupon_not_found')
  })

  it('that was used after it was found to have expired stands as used: USED is told, and EXPIRED no more', async () => {
    const { scene, wallet, desk, expire } = await open()
    const { code, coupon } = await issue(scene)
    scene.clock.advance(61)
    expect(await expire()).toBe(1)
    expect([await scene.stateOf(coupon), await told()]).toEqual(['expired', []])
    await desk.tick()
    expect([await told(), wallet.looked]).toEqual([['expired due'], [code]])
    await record(scene, wallet.use(code))
    expect([await scene.stateOf(coupon), await told()]).toEqual(['redeemed', ['expired withdrawn', 'used due']])
    expect(await proof(scene)).toEqual([])
  })

  it('is asked about when it has ended, and was used: the redemption is written down, and nobody hears EXPIRED', async () => {
    const { scene, wallet, desk, expire } = await open()
    const { code, coupon } = await issue(scene)
    wallet.use(code)
    scene.clock.advance(61)
    await expire()
    expect(await proof(scene)).toEqual([])
    await desk.tick()
    expect([await scene.stateOf(coupon), await told()]).toEqual(['redeemed', ['used due']])
    expect(await requests()).toMatchObject([{ state: 'accepted', lastAnswer: 'the coupon is redeemed' }])
    expect(await proof(scene)).toEqual([])
  })

  it('of which nobody can say what became stays untold, is asked about again, and an operator ends it as expired', async () => {
    const { scene, wallet, desk, expire } = await open()
    await issue(scene)
    scene.clock.advance(61)
    await expire()
    wallet.lookUps.push({ kind: 'unknown', reason: 'silence' }, { kind: 'refused', code: '404', message: 'no coupon' })
    await desk.tick()
    scene.clock.advance(2)
    await desk.tick()
    expect(await requests()).toMatchObject([{ state: 'due', attempts: 2, lastAnswer: 'no coupon (404)' }])
    expect([await told(), await proof(scene)]).toEqual([[], []])
    const [row] = await database().sql<{ no: string }[]>`select no from supplier_requests where kind = 'look_up'`
    await giveUpSupplierRequest(scene.core, operator, row!.no, givenUpWords)
    expect(await told()).toEqual(['expired due'])
    expect(await proof(scene)).toEqual([])
  })

  it('that was given more time while its supplier was asked is not told to have expired, and later once', async () => {
    const { scene, desk, expire } = await open()
    const { coupon } = await issue(scene)
    scene.clock.advance(61)
    await expire()
    await scene.change('delay', coupon, new Date(scene.clock.now().getTime() + 60_000))
    await desk.tick()
    expect([await scene.stateOf(coupon), await told()]).toEqual(['issued', []])
    scene.clock.advance(61)
    await expire()
    await desk.tick()
    expect([await scene.stateOf(coupon), await told()]).toEqual(['expired', ['expired due']])
    expect(await proof(scene)).toEqual([])
  })

  it('that was voided and is used all the same stays voided, and the use is kept for an operator', async () => {
    const { scene, wallet } = await open()
    const { code, coupon } = await issue(scene)
    await scene.change('void', coupon)
    const use = wallet.use(code)
    const { redemption } = await record(scene, use)
    expect(redemption).toMatchObject({ state: 'failed', detail: { failure: expect.stringContaining('voided') } })
    expect((await record(scene, use)).isRepeat).toBe(true)
    expect([await scene.stateOf(coupon), await told()]).toEqual(['voided', ['voided due']])
    expect(await proof(scene)).toEqual([])
  })

  it('shows in its history who told of a use, and one that did not count as failed', async () => {
    const { scene, wallet } = await open()
    const { code, coupon } = await issue(scene)
    await scene.change('void', coupon)
    await record(scene, wallet.use(code, { merchantNo: '1900000109' }))
    const [row] = await readCoupons(database().sql, [coupon])
    const uses = (await readHistory(scene.core, row!)).filter(({ words }) => words.startsWith('redemption '))
    expect(uses.map(({ what }) => what)).toEqual(['failed'])
    expect(uses[0]!.words).toMatch(
      new RegExp(`told by supplier ${supplierWorld.supplierId}, of merchant 1900000109.*: the coupon was voided`),
    )
  })

  it('whose use an operator took back may be used again, and the use that was told before does nothing more', async () => {
    const { scene, wallet } = await open()
    const { code, coupon } = await issue(scene)
    const use = wallet.use(code)
    const { redemption } = await record(scene, use)
    const { no, deadline } = newUseCommand(scene.hub, 0, supplierWorld.supplierId, use)
    await scene.core.reverse({ no, deadline, by: { operator }, redemptionNo: redemption.no })
    expect((await record(scene, use)).isRepeat).toBe(true)
    expect(await scene.stateOf(coupon)).toBe('issued')
    const other = { ...use, reference: 'other', usedAt: new Date('2026-11-22T06:00:00Z') }
    expect((await record(scene, other)).isRepeat).toBe(false)
    expect(await scene.stateOf(coupon)).toBe('redeemed')
    expect(await proof(scene)).toEqual([])
  })

  it('makes the proof name a use that its supplier cannot have told of, and a question about no coupon', async () => {
    const { scene, wallet, expire } = await open()
    const [used, ended] = [await issue(scene), await issue(scene)]
    await record(scene, wallet.use(used.code))
    scene.clock.advance(61)
    await expire()
    await database().sql`update redemptions set told_by = 'somebody else'`
    await database().sql`update supplier_requests set serial = serial + 99 where kind = 'look_up'`
    const checks = (await proof(scene)).map(({ check }) => check)
    expect(checks).toEqual(expect.arrayContaining(['told_use', 'look_up', 'expired_told']))
    expect(await scene.stateOf(ended.coupon)).toBe('expired')
  })
})
