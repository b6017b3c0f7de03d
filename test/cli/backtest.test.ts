import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { Flips } from '../../src/core/rules/index.ts'
import { hashCardNoWith } from '../../src/core/keys/hashes.ts'
import { cardOf } from '../../src/core/rules/index.ts'
import { changeSetUp, heard, openScene, type Scene } from '../support/acts.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { item, rawRule } from '../support/rules.ts'
import { seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { issueCommand, world } from '../support/world.ts'
import { jsonOf, runCli } from './run-cli.ts'

type Found = { channels: (Flips & { channelId: string })[]; replaces: { ruleId: string }[]; cutPeriods: string[] }

const nothing = {
  asked: 0,
  unchanged: 0,
  acceptedToRefused: 0,
  acceptedToRefusedFen: 0,
  refusedToAccepted: 0,
  refusedToAcceptedFen: 0,
  otherDiscount: 0,
  otherDiscountFen: 0,
  undecided: 0,
  missing: {},
}

const limit = (limitKey: string, maxima: Parameters<typeof item>[1], more: Record<string, unknown> = {}) => ({
  limitWay: 'Q',
  limitType: 'W',
  limitItems: [item(limitKey, maxima)],
  ...more,
})
const made = { ruleScene: 'make', ruleName: 'made' }
const redeemed = { ruleName: 'redeemed' }
const madeADay = (limitMaxDay: number) => limit(world.activityId, { limitMaxDay })
const ofActivity = (ruleKey: string, value: unknown, head: Record<string, unknown>) =>
  rawRule(ruleKey, value, { ruleSceneItemKey: world.activityId, ...head })
const off = (amountOff: number) => ({ limitMinAmount: 100, amountOff, superposition: 1 })

describeOnOneDatabase('quanhub rule backtest', (database) => {
  const folder = mkdtempSync(join(tmpdir(), 'quanhub-backtest-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const fileOf = (rules: unknown): string => {
    const path = join(folder, 'rules.json')
    writeFileSync(path, JSON.stringify(rules))
    return path
  }
  const run = (scene: Scene, rules: unknown, ...more: string[]): Promise<Found> => {
    scene.clock.advance(60)
    const args = ['rule', 'backtest', fileOf(rules), '--since', '2026-11-22 00:00']
    return jsonOf<Found>(scene.core, [...args, ...more])
  }
  const bank = { ...nothing, channelId: world.channelId }
  /** So many orders of one coupon, ten seconds apart, and what each heard. */
  const orders = async (scene: Scene, n: number): Promise<string[]> => {
    const words: string[] = []
    for (let i = 0; i < n; i++) {
      scene.clock.advance(10)
      words.push(await heard(scene.issue()))
    }
    return words
  }

  it('tries a first rule over traffic that met none, and counts nothing', async () => {
    const scene = await openScene(database())
    const codes = []
    for (let i = 0; i < 4; i++) {
      scene.clock.advance(600)
      codes.push((await scene.issue()).code)
    }
    await scene.redeem(codes[0]!, { amountFen: 25_000, realAmountFen: 20_000 })
    await scene.redeem(codes[1]!, { amountFen: 5_000, realAmountFen: 5_000 })
    const limited = await run(scene, ofActivity('ActivityLimit', madeADay(3), made))
    expect(limited.channels).toEqual([
      { ...bank, asked: 4, unchanged: 3, acceptedToRefused: 1, acceptedToRefusedFen: 3_000 },
    ])
    const discounted = await run(scene, [ofActivity('BuyGet', off(20), redeemed)])
    expect(discounted.channels).toEqual([
      {
        ...bank,
        asked: 2,
        acceptedToRefused: 1,
        acceptedToRefusedFen: 3_000,
        otherDiscount: 1,
        otherDiscountFen: 1_000,
      },
    ])
    const [counted] = await database().sql`select count(*)::int as n from counters where key like 'limit:%'`
    expect(counted).toEqual({ n: 0 })
  })

  it('lets what would pass take from the limit, so that no more pass than the limit lets', async () => {
    const scene = await openScene(database())
    const id = await addRule(database(), 'ActivityLimit', madeADay(2), made)
    expect((await orders(scene, 6)).filter((word) => word === 'ok')).toHaveLength(2)
    const { channels, replaces } = await run(scene, ofActivity('ActivityLimit', madeADay(3), made))
    expect(replaces).toEqual([{ ruleId: id, name: 'made' }])
    expect(channels).toEqual([{ ...bank, asked: 6, unchanged: 5, refusedToAccepted: 1, refusedToAcceptedFen: 3_000 }])
  })

  it('counts an order once that was refused, asked for again and again, and would have passed', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ActivityLimit', madeADay(1), made)
    await orders(scene, 1)
    for (let i = 0; i < 3; i++) {
      scene.clock.advance(10)
      await heard(scene.issue({ externalNo: 'AGAIN' }))
    }
    const { channels } = await run(scene, ofActivity('ActivityLimit', madeADay(9), made))
    expect(channels).toMatchObject([{ asked: 4, unchanged: 3, refusedToAccepted: 1 }])
  })

  it('counts a coupon once that a till tried under several numbers', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'WeekTime', { weekDay: '0000000' }, redeemed)
    const { code } = await scene.issue()
    for (let i = 0; i < 3; i++) expect(await scene.redeem(code)).toBe('rule_rejected')
    const { channels } = await run(scene, ofActivity('WeekTime', { weekDay: '1111111' }, redeemed))
    expect(channels).toEqual([{ ...bank, asked: 3, unchanged: 2, refusedToAccepted: 1, refusedToAcceptedFen: 3_000 }])
  })

  it('gives back what was voided or reversed, when it was, into the day that it was taken from', async () => {
    const scene = await openScene(database())
    const { coupon, code } = await scene.issue({ quantity: 2 })
    await orders(scene, 1)
    await scene.redeem(code, { traceNo: 'ONE' })
    scene.clock.advance(10)
    await scene.cancel('ONE')
    scene.clock.advance(10)
    await scene.redeem(code, { traceNo: 'TWO' })
    scene.clock.advance(10)
    await scene.cancel('TWO')
    await scene.change('void', coupon)
    await orders(scene, 2)
    const limited = await run(scene, ofActivity('ActivityLimit', madeADay(3), made))
    expect(limited.channels).toMatchObject([{ asked: 4, unchanged: 3, acceptedToRefused: 1 }])
    const once = ofActivity('ScenceLimit', limit('verify', { limitMaxDay: 1 }), redeemed)
    expect((await run(scene, once)).channels).toMatchObject([{ asked: 2, unchanged: 2 }])
  })

  it('gives back what a supplier refused, each time that the order was made', async () => {
    await openScene(database())
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:9/make' })
    const scene = await openScene(database())
    const { clock, core } = scene
    const command = { templateId: supplierWorld.templateId, isRemakeable: true, externalNo: 'E1' }
    for (let i = 0; i < 3; i++) {
      const asked = core.issue(issueCommand(clock.now(), command))
      await settleMade(scene)
      expect((await asked).order.state).toBe('failed')
      clock.advance(10)
    }
    await orders(scene, 1)
    const { channels } = await run(scene, ofActivity('ActivityLimit', madeADay(1), made))
    expect(channels).toEqual([{ ...bank, asked: 4, unchanged: 4 }])
  })

  /** Lets the supplier refuse what it is asked first. */
  async function settleMade({ core }: Scene): Promise<void> {
    for (;;) {
      const [row] = await database().sql<{ lane: number; no: string }[]>`
        select lane, no from supplier_requests where state = 'due'`
      if (row === undefined) continue
      await settleRequest(core, row, { kind: 'refused', words: 'no' })
      return
    }
  }

  it('leaves refused what stock, a limit per holder or another rule refused', async () => {
    const scene = await openScene(database())
    await changeSetUp(database(), `update counters set max = 2 where key = 'stock:template:${world.templates.normal}'`)
    await addRule(database(), 'ActivityLimit', madeADay(3), made)
    await addRule(database(), 'ScenceLimit', limit('make', { limitMaxDay: 1 }), { ...made, ruleName: 'other' })
    expect(await orders(scene, 2)).toEqual(['ok', 'limit_exceeded'])
    await changeSetUp(database(), `update rules set is_enabled = false, revision = revision + 1 where name = 'other'`)
    expect(await orders(scene, 3)).toEqual(['ok', 'stock_exhausted', 'stock_exhausted'])
    const { channels } = await run(scene, ofActivity('ActivityLimit', madeADay(99), made))
    expect(channels).toEqual([{ ...bank, asked: 5, unchanged: 5 }])
  })

  it('leaves refused what the rule refused while the stock was used up too', async () => {
    const scene = await openScene(database())
    await changeSetUp(database(), `update counters set max = 1 where key = 'stock:template:${world.templates.normal}'`)
    await addRule(database(), 'ActivityLimit', madeADay(1), made)
    expect(await orders(scene, 2)).toEqual(['ok', 'limit_exceeded'])
    const { channels } = await run(scene, ofActivity('ActivityLimit', madeADay(9), made))
    expect(channels).toEqual([{ ...bank, asked: 2, unchanged: 2 }])
  })

  it('asks the other rules of the hub of what would pass, which it had not come to', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'ActivityLimit', madeADay(1), made)
    const behind = { ...made, ruleName: 'behind', ruleOrder: 1 }
    await addRule(database(), 'ScenceLimit', limit('make', { limitMaxDay: 2 }), behind)
    await orders(scene, 5)
    const { channels } = await run(scene, ofActivity('ActivityLimit', madeADay(9), made))
    expect(channels).toMatchObject([{ asked: 5, unchanged: 4, refusedToAccepted: 1 }])
  })

  it('counts in a limit of amounts the discount that was given', async () => {
    const scene = await openScene(database())
    await addRule(database(), 'BuyGet', off(20), { ruleName: 'off' })
    for (let i = 0; i < 3; i++) {
      const { code } = await scene.issue()
      scene.clock.advance(10)
      await scene.redeem(code, { amountFen: 10_000, realAmountFen: 8_000 })
    }
    const amounts = (limitMaxDay: number) =>
      ofActivity('ScenceLimit', limit('verify', { limitMaxDay }, { limitWay: 'A' }), redeemed)
    expect((await run(scene, amounts(6_000))).channels).toEqual([{ ...bank, asked: 3, unchanged: 3 }])
    expect((await run(scene, amounts(5_999))).channels).toEqual([
      { ...bank, asked: 3, unchanged: 2, acceptedToRefused: 1, acceptedToRefusedFen: 2_000 },
    ])
    const cheaper = [ofActivity('BuyGet', off(10), { ruleName: 'off' }), amounts(3_000)]
    expect((await run(scene, cheaper)).channels).toEqual([
      { ...bank, asked: 3, otherDiscount: 3, otherDiscountFen: -3_000 },
    ])
  })

  it('asks rules that hang on the channel or the template of the coupon that a till was refused', async () => {
    const scene = await openScene(database())
    const heads = [
      { ruleScenceKey: 'channel', ruleSceneItemKey: world.channelId, ruleName: 'of the bank' },
      { ruleScenceKey: 'template', ruleSceneItemKey: world.templates.normal, ruleName: 'of the template' },
    ]
    for (const head of heads) {
      const id = await addRule(database(), 'WeekTime', { weekDay: '0000000' }, head)
      expect(await scene.redeem((await scene.issue()).code)).toBe('rule_rejected')
      await changeSetUp(database(), `update rules set is_enabled = false, revision = revision + 1 where id = '${id}'`)
      const { channels } = await run(scene, rawRule('WeekTime', { weekDay: '1111111' }, head))
      expect(channels).toMatchObject([{ channelId: world.channelId, refusedToAccepted: 1 }])
    }
  })

  it('counts the traffic of every channel where one is asked for', async () => {
    const scene = await openScene(database())
    await changeSetUp(
      database(),
      `insert into channels select 'OWNER2', name, is_enabled, settings, created_at from channels;
       insert into app_channels values ('lakala', '${world.lakala.appid}', 'OWNER2')`,
    )
    for (const channelId of ['OWNER2', world.channelId, 'OWNER2', world.channelId]) {
      scene.clock.advance(10)
      await scene.issue({ channelId })
    }
    const rule = ofActivity('ActivityLimit', madeADay(3), made)
    const { channels } = await run(scene, rule, '--channel', world.channelId)
    expect(channels).toMatchObject([{ channelId: world.channelId, asked: 2, acceptedToRefused: 1 }])
  })

  it('says how often a card would have to be known better than it is kept, and guesses nothing', async () => {
    const scene = await openScene(database())
    const card = cardOf('6225880012345678', hashCardNoWith(scene.hub.keyring))
    await scene.redeem((await scene.issue()).code, { card })
    const bins = (binPrefixNum: number, key: string) =>
      ofActivity('CardBinLimit', limit(key, { limitMaxDay: 1 }, { binPrefixNum }), redeemed)
    expect((await run(scene, bins(6, '622588'))).channels).toEqual([{ ...bank, asked: 1, unchanged: 1 }])
    expect((await run(scene, bins(8, '62258800'))).channels).toEqual([
      { ...bank, asked: 1, undecided: 1, missing: { cardNo: 1 } },
    ])
  })

  it('says where its counters begin at zero in the midst of a period, and at nothing else', async () => {
    const scene = await openScene(database())
    const rule = ofActivity('ActivityLimit', limit(world.activityId, { limitMaxDay: 1, limitMaxMonth: 3 }), made)
    expect((await run(scene, rule)).cutPeriods).toEqual(['month'])
    const args = ['rule', 'backtest', fileOf(rule), '--since', '2026-11-22 12:00']
    const { lines } = await runCli(scene.core, args)
    expect(lines.join('\n')).toContain('in the midst of a day, a month')
    const since = ['rule', 'backtest', fileOf(rule), '--since', '2026-11-01 00:00']
    expect((await jsonOf<Found>(scene.core, since)).cutPeriods).toEqual([])
  })
})
