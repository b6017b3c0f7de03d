import { expect, it } from 'vitest'
import { HubError } from '../../src/core/command/errors.ts'
import { hashCardNoWith } from '../../src/core/keys/hashes.ts'
import { cardOf } from '../../src/core/rules/index.ts'
import { readDecision } from '../../src/db/decisions.ts'
import { changeSetUp, createClock, heard, openScene, tally, usedOf, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { item } from '../support/rules.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'

const perDay = (limitKey: string, limitMaxDay: number, more: Record<string, unknown> = {}) => ({
  limitWay: 'Q',
  limitType: 'W',
  limitItems: [item(limitKey, { limitMaxDay })],
  ...more,
})

/** What the counters of rules say, by key; the names of rules differ from test to test. */
const limitsOf = async (scene: Scene): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(await usedOf(scene.hub.database))
      .filter(([key]) => key.startsWith('limit:'))
      .map(([key, used]) => [key.split(':').slice(2).join(':'), used]),
  )

async function refusalOf(answer: Promise<unknown>): Promise<HubError> {
  try {
    await answer
  } catch (error) {
    if (error instanceof HubError) return error
    throw error
  }
  throw new Error('it was accepted')
}

const inLot = (scene: Scene, n: number, given: Parameters<typeof issueCommand>[1] = {}) =>
  tally(Array.from({ length: n }, () => scene.core.issue(issueCommand(scene.clock.now(), given))))

describeOnEachDatabase('A rule that hangs on what is issued or redeemed', (database) => {
  it('lets as many coupons be made as its limit says, in one batch and over several, and begins anew the next day', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ActivityLimit', perDay(world.activityId, 5), { ruleScene: 'make' })
    expect(await inLot(scene, 4)).toEqual({ ok: 4 })
    expect(await inLot(scene, 4)).toEqual({ ok: 1, limit_exceeded: 3 })
    expect(await limitsOf(scene)).toEqual({ [`Q:D20261122:${world.activityId}`]: 5 })
    scene.clock.set('2026-11-23T00:00:00+08:00')
    expect(await inLot(scene, 6)).toEqual({ ok: 5, limit_exceeded: 1 })
  })

  it('counts all coupons of an order, or none of them', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ActivityLimit', perDay(world.activityId, 5), { ruleScene: 'make' })
    expect(await inLot(scene, 1, { quantity: 3 })).toEqual({ ok: 1 })
    expect(await inLot(scene, 1, { quantity: 3 })).toEqual({ limit_exceeded: 1 })
    expect(await inLot(scene, 1, { quantity: 2 })).toEqual({ ok: 1 })
  })

  it('gives back what a voided coupon took, once, into the day that it was taken from', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ActivityLimit', perDay(world.activityId, 5), { ruleScene: 'make' })
    const { coupon } = await scene.issue({ quantity: 2 })
    scene.clock.set('2026-11-23T00:30:00+08:00')
    await scene.issue()
    expect(await scene.change('void', coupon)).toBe('ok')
    expect(await scene.change('void', coupon)).toBe('ok')
    expect(await limitsOf(scene)).toEqual({
      [`Q:D20261122:${world.activityId}`]: 1,
      [`Q:D20261123:${world.activityId}`]: 1,
    })
  })

  it('counts redemptions by the card at the till, gives a reversal back, and keeps no card number', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'CardNoLimit', perDay('*', 1))
    const hash = hashCardNoWith(scene.hub.keyring)
    const cards = ['6225880012345678', '6225880087654321'].map((cardNo) => cardOf(cardNo, hash))
    const codes = await Promise.all([1, 2, 3].map(async () => (await scene.issue()).code))
    expect(await scene.redeem(codes[0]!, { card: cards[0], traceNo: 'ONE' })).toBe('ok')
    expect(await scene.redeem(codes[1]!, { card: cards[0] })).toBe('limit_exceeded')
    expect(await scene.redeem(codes[1]!, { card: cards[1] })).toBe('ok')
    expect(await scene.redeem(codes[2]!)).toBe('rule_rejected')
    expect(await scene.cancel('ONE')).toBe('ok')
    expect(await scene.cancel('ONE')).toBe('ok')
    expect(await scene.redeem(codes[2]!, { card: cards[0] })).toBe('ok')
    expect(Object.values(await limitsOf(scene))).toEqual([1, 1])
    const [dump] = await database().sql`select string_agg(t::text, '') as text from redemptions t`
    expect(dump!['text']).not.toContain('6225880012345678')
    expect(dump!['text']).toContain('622588******5678')
  })

  it('tells its own words, and what it counted', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ScenceLimit', perDay('make', 1), {
      ruleScene: 'make',
      messageTpl: '{ruleName}：{used}/{max}{period}',
      ruleName: '每日一张',
    })
    await scene.issue()
    const refusal = await refusalOf(scene.issue())
    expect(refusal).toMatchObject({ code: 'limit_exceeded', words: '每日一张：1/1日' })
    expect(refusal.explanation?.rules).toMatchObject([
      { verdict: 'failed', counters: [{ before: 1, after: 1, max: 1 }], passesAt: '2026-11-22T16:00:00.000Z' },
    ])
  })

  it('keeps why it was met, and why it was not', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ScenceLimit', perDay('make', 1), { ruleScene: 'make' })
    const command = issueCommand(scene.clock.now())
    await scene.core.issue(command)
    const refused = issueCommand(scene.clock.now())
    expect(await heard(scene.core.issue(refused))).toBe('limit_exceeded')
    await scene.core.refusals.flush()
    const { sql } = database()
    const kept = await Promise.all([command, refused].map(({ no }) => readDecision(sql, scene.clock.now(), no)))
    expect(kept).toMatchObject([
      {
        isAccepted: true,
        verb: 'issue',
        trace: { rules: [{ verdict: 'passed', counters: [{ before: 0, after: 1 }] }] },
      },
      { isAccepted: false, code: 'limit_exceeded', trace: { rules: [{ verdict: 'failed' }] } },
    ])
  })

  it('decides what a redemption is worth by the cart, and who bears it', async () => {
    const scene = await openScene(database())
    const value = { limitMinAmount: 100, amountOff: 20, superposition: 1, isMerchant: 'Y' }
    await addRule(database(), 'BuyGet', value)
    const goods = [{ sku: 'A', qty: 2, priceFen: 12_000 }]
    const { code } = await scene.issue()
    const { redemption } = await scene.core.redeem(
      redeemCommand(code, scene.clock.now(), { amountFen: 24_000, realAmountFen: 20_000, goods }),
    )
    expect(redemption).toMatchObject({
      faceValueFen: 4_000,
      settleAmountFen: 0,
      detail: { discount: { faceFen: 4_000, netFen: 20_000, merchantFen: 4_000 }, goods },
    })
    const other = (await scene.issue()).code
    expect(await scene.redeem(other, { amountFen: 5_000, realAmountFen: 5_000 })).toBe('rule_rejected')
    const asked = { ...redeemCommand(other, scene.clock.now()), amountFen: 5_000 }
    expect((await scene.core.checkCoupon(asked)).refusal?.code).toBe('rule_rejected')
  })

  it('is noted and not counted where it says that it may continue', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ScenceLimit', perDay('make', 1), { ruleScene: 'make', isContinue: 'Y' })
    expect(await inLot(scene, 3)).toEqual({ ok: 3 })
    expect(await limitsOf(scene)).toEqual({ 'Q:D20261122:make': 1 })
  })

  it('touches no counter of what it does not hang on, nor where it sets no limit', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ScenceLimit', perDay('make', 1), { ruleScene: 'make', ruleSceneItemKey: 'ANOTHER' })
    await addRule(database(), 'WeekTime', { weekDay: '1111111' }, { ruleScene: 'make' })
    await addRule(database(), 'ScenceLimit', perDay('make', 0), { ruleScene: 'make' })
    expect(await inLot(scene, 3)).toEqual({ ok: 3 })
    expect(await limitsOf(scene)).toEqual({})
  })

  it('is asked from the next batch on, and no more when it is switched off', async () => {
    const scene = await openScene(database())
    const id = await addRule(database(), 'WeekTime', { weekDay: '0000000' }, { ruleScene: 'make' })
    expect(await heard(scene.issue())).toBe('rule_rejected')
    await changeSetUp(database(), `update rules set is_enabled = false, revision = 2 where id = '${id}'`)
    expect(await heard(scene.issue())).toBe('ok')
  })

  it('counts fen where it limits amounts', async () => {
    const scene = await openScene(database())
    await addRule(
      database(),
      'ActivityLimit',
      perDay(world.activityId, 100, { limitWay: 'A', limitItems: [item(world.activityId, { limitMaxDay: 9_000 })] }),
      {
        ruleScene: 'make',
      },
    )
    expect(await inLot(scene, 5)).toEqual({ ok: 3, limit_exceeded: 2 })
    expect(await limitsOf(scene)).toEqual({ [`A:D20261122:${world.activityId}`]: 9_000 })
  })

  it('gives the same answer to a repeat, although its limit is reached', async () => {
    const scene = await openScene(database(), { clock: createClock() })
    await addRule(database(), 'ScenceLimit', perDay('make', 1), { ruleScene: 'make' })
    const command = issueCommand(scene.clock.now())
    const first = await scene.core.issue(command)
    const again = await scene.core.issue({ ...command, no: issueCommand(scene.clock.now()).no })
    expect(again.order.no).toBe(first.order.no)
    expect(again.isRepeat).toBe(true)
  })
})
