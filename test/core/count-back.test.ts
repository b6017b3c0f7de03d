import { expect, it } from 'vitest'
import { createRule } from '../../src/core/back-office/rules.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import { keepSums, readKeptDays } from '../../src/db/proof/sums.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { heard, openScene, operator, usedOf, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { item, rawRule } from '../support/rules.ts'
import { seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { issueCommand, world } from '../support/world.ts'

const hours = 3_600

describeOnEachDatabase('A limit that is made in mid-period', (database) => {
  const limit = (maxima: Record<string, unknown>, head: Record<string, unknown> = {}, value: object = {}) => {
    const limitItems = [{ ...item('*', maxima), startTime: '20260101000000' }]
    const written = { limitWay: 'Q', limitType: 'W', limitItems, ...value }
    return rawRule('ScenceLimit', written, { ruleSceneItemKey: world.activityId, ...head })
  }
  const add = ({ core }: Scene, written: unknown, countFrom: Date) => createRule(core, operator, { written, countFrom })
  const limits = async () =>
    Object.fromEntries(Object.entries(await usedOf(database())).filter(([key]) => key.startsWith('limit:')))
  const prove = async ({ core }: Scene, isFull = false) =>
    (await verifyHub(core, { pauseMilliseconds: 1, isFull })).differences

  it('counts the redemptions that stand since an instant, in the periods of which they were, and no other', async () => {
    const scene = await openScene(database())
    const redeemed = async (traceNo: string) => scene.redeem((await scene.issue()).code, { traceNo })
    await redeemed('BEFORE')
    scene.clock.advance(1)
    const from = scene.clock.now()
    await redeemed('YESTERDAY')
    scene.clock.advance(24 * hours)
    await redeemed('TODAY')
    await redeemed('REVERSED')
    await scene.cancel('REVERSED')
    const rule = limit({ limitMaxDay: 2, limitMaxMonth: 3 })
    const { counted } = await add(scene, rule, from)
    expect(counted).toEqual({ coupons: 0, pendingOrders: 0, redemptions: 2 })
    const [day, month] = ['limit:1:Q:D20261123:verify', 'limit:1:Q:M202611:verify']
    expect(await limits()).toEqual({ [day]: 1, [month]: 2 })
    expect(await prove(scene)).toEqual([])
    expect(await redeemed('ONE MORE')).toBe('ok')
    expect(await redeemed('TOO MANY')).toBe('limit_exceeded')
    for (const _ of [1, 2]) expect(await scene.cancel('TODAY')).toBe('ok')
    expect(await limits()).toEqual({ [day]: 1, [month]: 2 })
    expect(await redeemed('AGAIN')).toBe('ok')
    expect(await limits()).toEqual({ [day]: 2, [month]: 3 })
    expect(await prove(scene)).toEqual([])
  })

  it('counts nothing twice, neither what it counted back nor what it counted as it came', async () => {
    const scene = await openScene(database())
    const from = scene.clock.now()
    await scene.redeem((await scene.issue()).code)
    const rule = limit({ limitMaxMonth: 9 })
    await add(scene, rule, from)
    await scene.redeem((await scene.issue()).code)
    const nothing = { coupons: 0, pendingOrders: 0, redemptions: 0 }
    expect(await add(scene, rule, from)).toMatchObject({ isRepeat: true, counted: nothing })
    expect(await limits()).toEqual({ 'limit:1:Q:M202611:verify': 2 })
    expect(await prove(scene)).toEqual([])
  })

  it('counts the coupons that were made, of days that were proven already too, and gives back what is voided', async () => {
    const scene = await openScene(database())
    const from = scene.clock.now()
    const { coupon } = await scene.issue()
    await scene.core.issue(issueCommand(scene.clock.now(), { quantity: 2 }))
    await scene.change('void', (await scene.issue()).coupon)
    scene.clock.advance(48 * hours)
    expect(await prove(scene)).toEqual([])
    const head = { ruleScene: 'make' }
    const { counted } = await add(scene, limit({ limitMaxTotal: 10_000 }, head, { limitWay: 'A' }), from)
    expect(counted).toEqual({ coupons: 3, pendingOrders: 0, redemptions: 0 })
    const key = 'limit:1:A:T20260101000000:make'
    expect(await limits()).toEqual({ [key]: 9_000 })
    for (const isFull of [false, true]) expect(await prove(scene, isFull)).toEqual([])
    expect(await heard(scene.issue())).toBe('limit_exceeded')
    for (const _ of [1, 2]) expect(await scene.change('void', coupon)).toBe('ok')
    expect(await limits()).toEqual({ [key]: 6_000 })
    for (const isFull of [false, true]) expect(await prove(scene, isFull)).toEqual([])
  })

  it('leaves no day proven by what was read of it before', async () => {
    const scene = await openScene(database())
    const from = scene.clock.now()
    await scene.issue()
    scene.clock.advance(48 * hours)
    const { version } = await scene.core.setup.refresh()
    await add(scene, limit({ limitMaxTotal: 9 }, { ruleScene: 'make' }), from)
    await database().transaction((tx) => keepSums(tx, '2026-11-22', [], scene.clock.now(), version))
    expect(await readKeptDays(database().sql)).toEqual([])
    for (const isFull of [false, true]) expect(await prove(scene, isFull)).toEqual([])
    expect(await readKeptDays(database().sql)).toEqual(['2026-11-22', '2026-11-23'])
  })

  it('counts orders whose supplier has not answered, and gives back what becomes of none', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make' })
    await scene.core.setup.refresh()
    const from = scene.clock.now()
    const requested = new Promise<SupplierRequestRow>((resolve) => scene.core.pending.listen(resolve))
    const { templateId } = supplierWorld
    const waiting = scene.core.issue(issueCommand(scene.clock.now(), { templateId, quantity: 3 }))
    const request = await requested
    const { counted } = await add(scene, limit({ limitMaxDay: 10 }, { ruleScene: 'make' }), from)
    expect(counted).toEqual({ coupons: 0, pendingOrders: 1, redemptions: 0 })
    expect(await limits()).toEqual({ 'limit:1:Q:D20261122:make': 3 })
    expect(await prove(scene)).toEqual([])
    await settleRequest(scene.core, request, { kind: 'refused', words: 'sold out' })
    await waiting
    expect(await limits()).toEqual({ 'limit:1:Q:D20261122:make': 0 })
    expect(await prove(scene)).toEqual([])
  })

  it('counts what it hangs on alone, within its own times, and nothing that it cannot know', async () => {
    const scene = await openScene(database())
    const from = scene.clock.now()
    const counterOf = async (written: unknown) => (await add(scene, written, from)).counted?.redemptions
    await scene.redeem((await scene.issue()).code)
    const month = { limitMaxMonth: 9 }
    const ofOther = { ruleScenceKey: 'shop', ruleSceneItemKey: world.shopNo, ruleName: 'shop' }
    expect(await counterOf(limit(month, ofOther))).toBe(1)
    expect(await counterOf(limit(month, { ruleName: 'later', startTime: '20261122120001' }))).toBe(0)
    expect(await counterOf(limit(month, { ruleName: 'black' }, { limitType: 'B' }))).toBe(0)
    const bins = { limitWay: 'Q', limitType: 'W', binPrefixNum: 8, limitItems: [item('62258800', month)] }
    const ofBins = rawRule('CardBinLimit', bins, { ruleSceneItemKey: world.activityId, ruleName: 'bins' })
    expect(await heard(add(scene, ofBins, from))).toBe('bad_request')
    expect(scene.core.setup.current().ruleRows.size).toBe(3)
    expect(await prove(scene)).toEqual([])
  })
})
