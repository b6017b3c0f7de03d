import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { item, rawRule } from '../support/rules.ts'
import { world } from '../support/world.ts'
import { jsonOf } from './run-cli.ts'

describeOnEachDatabase('quanhub rule backtest', (database) => {
  const folder = mkdtempSync(join(tmpdir(), 'quanhub-backtest-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const onActivity = { ruleSceneItemKey: world.activityId }
  const file = (name: string, rules: unknown): string => {
    const path = join(folder, name)
    writeFileSync(path, JSON.stringify(rules))
    return path
  }
  const limit = (key: string, limitMaxDay: number) => ({
    limitWay: 'Q',
    limitType: 'W',
    limitItems: [item(key, { limitMaxDay })],
  })

  it('says what would have been refused, worth something else, or accepted, and counts nothing', async () => {
    const { core, issue, redeem, clock } = await openScene(database())
    const codes = []
    for (let i = 0; i < 4; i++) {
      clock.advance(60)
      codes.push((await issue()).code)
    }
    clock.advance(600)
    await redeem(codes[0]!, { amountFen: 25_000, realAmountFen: 20_000 })
    await redeem(codes[1]!, { amountFen: 5_000, realAmountFen: 5_000 })
    await addRule(database(), 'WeekTime', { weekDay: '0000000' })
    expect(await redeem(codes[2]!)).toBe('rule_rejected')
    clock.advance(60)
    const run = async (path: string) => {
      const args = ['rule', 'backtest', path, '--since', '2026-11-22 12:00']
      return (await jsonOf<{ channels: { passed: number }[] }>(core, args)).channels
    }
    const made = rawRule('ActivityLimit', limit(world.activityId, 3), { ...onActivity, ruleScene: 'make' })
    const nothing = { asked: 4, changed: 0, changedFen: 0, passed: 0, unknown: 0, refused: 0, refusedFen: 0 }
    expect(await run(file('made.json', made))).toEqual([
      { ...nothing, channelId: world.channelId, refused: 1, refusedFen: 3_000 },
    ])
    const off = rawRule('BuyGet', { limitMinAmount: 100, amountOff: 20, superposition: 1 }, onActivity)
    const [found] = await run(file('off.json', [off]))
    expect(found).toEqual({
      ...nothing,
      channelId: world.channelId,
      asked: 2,
      refused: 1,
      refusedFen: 3_000,
      changed: 1,
      changedFen: 1_000,
    })
    const open = rawRule('WeekTime', { weekDay: '1111111' }, onActivity)
    const channels = await run(file('open.json', open))
    expect(channels.reduce((sum, { passed }) => sum + passed, 0)).toBe(1)
    const [counted] = await database().sql`select count(*)::int as n from counters where key like 'limit:%'`
    expect(counted).toEqual({ n: 0 })
  })
})
