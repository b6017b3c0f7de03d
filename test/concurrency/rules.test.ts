import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRule } from '../../src/core/back-office/rules.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import { databases, freshDatabase } from '../support/database.ts'
import type { FreshDatabase } from '../support/database.ts'
import { cancelCommand, changeCommand, operator, usedOf } from '../support/acts.ts'
import { startHubProcess, tallyAnswers } from '../support/processes.ts'
import type { Answer, HubProcess } from '../support/processes.ts'
import { addRule } from '../support/rule-rows.ts'
import { item, rawRule } from '../support/rules.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../support/world.ts'

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))
const forAges = { startTime: '20200101000000', endTime: '20991231235959' }
const always = { endTime: '20991231235959' }

// The embedded database serves one process alone.
describe.runIf(databases.includes('postgres'))('One hot limit, asked by two hub processes', () => {
  let fresh: FreshDatabase
  let hubs: HubProcess[]

  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
    await openTestHub(fresh.database)
    hubs = await Promise.all(['rules-one', 'rules-two'].map((name) => startHubProcess(fresh.url!, name)))
  })
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.stop()))
    await fresh.drop()
  })

  const askBoth = async (verb: 'issue' | 'redeem' | 'reverse', lists: Parameters<HubProcess['ask']>[1][]) =>
    (await Promise.all(hubs.map((hub, i) => hub.ask(verb, lists[i] as never)))).flat()
  const issueBoth = (count: number, quantity = 1): Promise<Answer[]> => {
    const asks = () => times(count, () => issueCommand(new Date(), { quantity }))
    return askBoth('issue', [asks(), asks()])
  }
  const usedBy = async (id: string): Promise<number> => {
    const used = Object.entries(await usedOf(fresh.database)).filter(([key]) => key.startsWith(`limit:${id}:`))
    return used.reduce((sum, [, amount]) => sum + amount, 0)
  }
  const limitOf = (way: 'Q' | 'A', limitMaxTotal: number) => ({
    limitWay: way,
    limitType: 'W',
    limitItems: [item(world.activityId, { limitMaxTotal, ...forAges })],
  })
  const switchOff = (id: string): Promise<unknown> =>
    fresh.database.transaction(async (tx) => {
      await tx`update setup_version set version = version + 1`
      await tx`update rules set is_enabled = false, revision = revision + 1 where id = ${id}`
    })

  it('is met exactly by quantity, while coupons are made and voided', async () => {
    const id = await addRule(fresh.database, 'ActivityLimit', limitOf('Q', 60), { ruleScene: 'make', ...always })
    expect(tallyAnswers(await issueBoth(50))).toEqual({ ok: 60, limit_exceeded: 40 })
    expect(await usedBy(id)).toBe(60)
    const coupons = await fresh.database.sql<{ lane: number; sourceId: number; serial: number }[]>`
      select lane, source_id, serial from coupons limit 20`
    const [voided, issued] = await Promise.all([
      hubs[0]!.ask(
        'changeCoupon',
        coupons.map((coupon) => changeCommand('void', coupon, new Date())),
      ),
      issueBoth(30),
    ])
    expect(tallyAnswers(voided)).toEqual({ ok: 20 })
    const more = (tallyAnswers(issued)['ok'] ?? 0) + (tallyAnswers(await issueBoth(20))['ok'] ?? 0)
    expect(more).toBe(20)
    expect(await usedBy(id)).toBe(60)
    await switchOff(id)
  })

  it('is met exactly by amount, in orders of several coupons', async () => {
    const id = await addRule(fresh.database, 'ActivityLimit', limitOf('A', 100_000), { ruleScene: 'make', ...always })
    // Orders of 90 yuan: eleven of them are 990 yuan, and three coupons more would be 1,080.
    expect(tallyAnswers(await issueBoth(20, 3))).toEqual({ ok: 11, limit_exceeded: 29 })
    expect(tallyAnswers(await issueBoth(5, 1))).toEqual({ limit_exceeded: 10 })
    expect(await usedBy(id)).toBe(99_000)
    await switchOff(id)
  })

  it('is met exactly while coupons are redeemed and redemptions taken back', async () => {
    const issued = await hubs[0]!.ask(
      'issue',
      times(60, () => issueCommand(new Date())),
    )
    const codes = issued.flatMap((answer) => ('outcome' in answer ? [answer.outcome.coupons[0]!.code] : []))
    const id = await addRule(fresh.database, 'ActivityLimit', limitOf('Q', 25), always)
    const asks = codes.map((code, i) => redeemCommand(code, new Date(), { traceNo: `HOT${i}` }))
    const first = await askBoth('redeem', [asks.slice(0, 30), asks.slice(30)])
    expect(tallyAnswers(first)).toEqual({ ok: 25, limit_exceeded: 35 })
    const redeemed = asks.filter((_, i) => 'outcome' in first[i]!)
    const cancels = () => redeemed.slice(0, 10).map(({ traceNo }) => cancelCommand(traceNo!, new Date()))
    expect(tallyAnswers(await askBoth('reverse', [cancels(), cancels()]))).toEqual({ ok: 20 })
    expect(await usedBy(id)).toBe(15)
    const refused = asks.filter((_, i) => 'code' in first[i]!)
    const again = await askBoth('redeem', [refused.slice(0, 18), refused.slice(18)])
    expect(tallyAnswers(again)).toEqual({ ok: 10, limit_exceeded: 25 })
    expect(await usedBy(id)).toBe(25)
    await switchOff(id)
  })

  it('counts back exactly what was made before it, while coupons are made', async () => {
    const { core } = await openTestHub(fresh.database)
    const before = await issuedNow()
    const traffic = Promise.all([issueBoth(150), issueBoth(150)])
    const ids: string[] = []
    while (ids.length < 4) {
      const written = rawRule('ActivityLimit', limitOf('Q', 1_000_000), {
        ...always,
        ruleScene: 'make',
        ruleName: `counts back ${ids.length}`,
        ruleSceneItemKey: world.activityId,
      })
      const { id } = await createRule(core, operator, { written, countFrom: new Date('2020-01-01') })
      ids.push(id)
    }
    expect(tallyAnswers((await traffic).flat())).toEqual({ ok: 600 })
    const issued = await issuedNow()
    expect(issued).toBe(before + 600)
    expect(await Promise.all(ids.map(usedBy))).toEqual(ids.map(() => issued))
    expect((await verifyHub(core, { pauseMilliseconds: 1 })).differences).toEqual([])
  })

  const issuedNow = async (): Promise<number> =>
    (await fresh.database.sql<{ n: number }[]>`select count(*)::int as n from coupons where state <> 'voided'`)[0]!.n
})
