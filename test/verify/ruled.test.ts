import { expect, it } from 'vitest'
import { codeHash, hashCardNoWith } from '../../src/core/keys/hashes.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { openScene, type Scene } from '../support/acts.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { cardOf } from '../../src/core/rules/index.ts'
import { item } from '../support/rules.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'

describeOnOneDatabase('The proof of rules and suppliers', (database) => {
  const prove = async ({ core }: Scene, isFull = false) =>
    (await verifyHub(core, { pauseMilliseconds: 0, isFull })).differences
  const limitOf = (limitKey: string, maxima: Record<string, number>) => ({
    limitWay: 'Q',
    limitType: 'W',
    limitItems: [item(limitKey, { ...maxima, endTime: '20291231235959' })],
  })

  async function open(): Promise<Scene> {
    const scene = await openScene(database())
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/', verifyURL: 'http://127.0.0.1:1/' })
    const many = { limitMaxDay: 90, limitMaxWeek: 90, limitMaxMonth: 90, limitMaxYear: 90, limitMaxTotal: 90 }
    await addRule(database(), 'ActivityLimit', limitOf(world.activityId, many), {
      ruleScene: 'make',
      endTime: '20291231235959',
    })
    await addRule(database(), 'ScenceLimit', limitOf('verify', many), { endTime: '20291231235959' })
    return scene
  }

  const handed = ({ core }: Scene): Promise<SupplierRequestRow> =>
    new Promise((resolve) => core.pending.listen(resolve))

  async function orderBought(scene: Scene, quantity = 1) {
    const request = handed(scene)
    const { templateId } = supplierWorld
    const issuing = scene.core.issue(issueCommand(scene.clock.now(), { templateId, quantity }))
    void issuing.catch(() => undefined)
    return request
  }
  async function answer({ core }: Scene, request: SupplierRequestRow, count: number): Promise<string[]> {
    const { keyring } = core.hub
    const codes = Array.from({ length: count }, foreignCode)
    const sealed = codes.map((code) => ({ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }))
    await settleRequest(core, request, { kind: 'accepted', codes: sealed })
    return codes
  }
  async function redeemBought(scene: Scene, code: string): Promise<SupplierRequestRow> {
    const request = handed(scene)
    void scene.core.redeem(redeemCommand(code, scene.clock.now())).catch(() => undefined)
    return request
  }

  it('finds nothing where all is well, over midnight, month and year, while suppliers are silent and when they answer', async () => {
    const scene = await open()
    scene.clock.set('2026-12-31T23:00:00+08:00')
    const own = await Promise.all([1, 2, 3].map(() => scene.issue()))
    expect(await scene.redeem(own[0]!.code, { traceNo: 'ONE' })).toBe('ok')
    expect(await scene.redeem(own[1]!.code)).toBe('ok')
    expect(await scene.cancel('ONE')).toBe('ok')
    expect(await scene.change('void', own[2]!.coupon)).toBe('ok')
    const [late, refused, silent] = [await orderBought(scene, 2), await orderBought(scene), await orderBought(scene)]
    expect(await prove(scene)).toEqual([])
    scene.clock.set('2027-01-01T05:00:00+08:00')
    const codes = await answer(scene, late, 2)
    await settleRequest(scene.core, refused, { kind: 'refused', words: 'no' })
    await settleRequest(scene.core, silent, { kind: 'unknown', reason: 'silence' })
    const [yes, no] = [await redeemBought(scene, codes[0]!), await redeemBought(scene, codes[1]!)]
    expect(await prove(scene)).toEqual([])
    scene.clock.set('2027-01-02T05:00:00+08:00')
    await settleRequest(scene.core, yes, { kind: 'accepted', codes: [] })
    await settleRequest(scene.core, no, { kind: 'refused', words: 'no' })
    expect(await prove(scene)).toEqual([])
    scene.clock.set('2027-01-04T12:00:00+08:00')
    expect(await prove(scene)).toEqual([])
    expect(await prove(scene)).toEqual([])
    expect(await prove(scene, true)).toEqual([])
  })

  it('counts again what was kept while a week, a month and a year ran, when they are over', async () => {
    const scene = await open()
    for (const day of ['2026-12-28', '2026-12-29', '2026-12-30']) {
      scene.clock.set(`${day}T12:00:00+08:00`)
      await scene.redeem((await scene.issue()).code)
      expect(await prove(scene)).toEqual([])
    }
    for (const day of ['2026-12-31', '2027-01-01', '2027-01-04']) {
      scene.clock.set(`${day}T12:00:00+08:00`)
      expect(await prove(scene)).toEqual([])
      expect(await prove(scene, true)).toEqual([])
    }
  })

  it.each([
    ['day', 'D'],
    ['week', 'W'],
    ['month', 'M'],
    ['year', 'Y'],
    ['time in all', 'T'],
  ])('finds a limit of a %s that has counted what nobody took', async (_, label) => {
    const scene = await open()
    await scene.issue()
    await database().sql`update counters set used = used + 1 where key like ${`limit:%:Q:${label}%`}`
    const found = await prove(scene)
    expect(found.map(({ check }) => check)).toEqual(['limit'])
    expect(found[0]!.words).toMatch(new RegExp(`counter limit:\\d+:Q:${label}\\d+:ACT1 of rule`))
  })

  it('names each counter that is wrong, and no card by its number', async () => {
    const scene = await open()
    const perCard = { limitMaxDay: 9, limitMaxTotal: 9 }
    await addRule(database(), 'CardNoLimit', limitOf('*', perCard), { endTime: '20291231235959' })
    await addRule(database(), 'CityLimit', limitOf('*', perCard), { endTime: '20291231235959' })
    const cardNo = '6225880000008888'
    const card = cardOf(cardNo, hashCardNoWith(scene.hub.keyring))!
    for (const cityId of ['310000', '110000', '城']) {
      const { code } = await scene.issue()
      expect(await scene.redeem(code, { card, cityId })).toBe('ok')
    }
    scene.clock.advance(3 * 24 * 3600)
    expect(await prove(scene)).toEqual([])
    await database().sql`
      update counters set used = used + 1
      where key like 'limit:%:T%:310000' or key like 'limit:%:T%:城' or key like ${`limit:%:T%:${card.hash}`}`
    const found = await prove(scene)
    const counted = found.map(({ check, expected, found }) => [check, expected, found].join(' '))
    expect(counted.toSorted()).toEqual(['limit 1 2', 'limit 1 2', 'limit 3 4'])
    const subjects = found.map(({ subject }) => subject.split(':')[4]!)
    expect(subjects.toSorted()).toEqual(['310000', '城', card.hash].toSorted())
    expect(JSON.stringify(found)).not.toContain(cardNo)
  })

  it('finds a redemption that gave back what it had not taken', async () => {
    const scene = await open()
    const { code } = await scene.issue()
    await scene.redeem(code, { traceNo: 'ONE' })
    await scene.cancel('ONE')
    await database().sql`update redemptions set uses_returned = '[]'`
    expect(new Set((await prove(scene)).map(({ check }) => check))).toEqual(new Set(['limit']))
  })

  it('finds an order that lost what it holds while its supplier is silent', async () => {
    const scene = await open()
    await orderBought(scene)
    await database().sql`update supplier_requests set uses = '[]'`
    expect(new Set((await prove(scene)).map(({ check }) => check))).toEqual(new Set(['limit']))
  })
})
