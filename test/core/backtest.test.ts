import { whaleRuleSpelling as spelling } from '../../src/faces/whale/written-rule.ts'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { backtest } from '../../src/core/replay/backtest.ts'
import { hashCardNoWith } from '../../src/core/keys/hashes.ts'
import { cardOf, parseRule, type Rule } from '../../src/core/rules/index.ts'
import type { IssuedCoupon } from '../../src/core/issue/issue.ts'
import { heard, openScene, tally, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { item, rawRule } from '../support/rules.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'

const perDay = (key: string, limitMaxDay: number, limitWay = 'Q') => ({
  limitWay,
  limitType: 'W',
  limitItems: [item(key, { limitMaxDay })],
})
const rules: [key: string, value: unknown, head: Record<string, unknown>][] = [
  ['ActivityLimit', perDay(world.activityId, 6), { ruleScene: 'make', ruleName: 'made' }],
  ['ScenceLimit', perDay('make', 15_000, 'A'), { ruleScene: 'make', ruleName: 'made, in fen' }],
  ['CardNoLimit', perDay('*', 1), { ruleName: 'a card' }],
  ['BuyGet', { limitMinAmount: 50, amountOff: 5, superposition: 1 }, { ruleName: 'off' }],
  ['ScenceLimit', perDay('verify', 3_000, 'A'), { ruleName: 'given', ruleOrder: 1 }],
  ['WeekTime', { weekDay: '1111111' }, { ruleName: 'days', ruleOrder: 2 }],
]

const which = fc.nat({ max: 5 })
const cardNos = ['6225880000000001', '6225880000000002', '6225880000000003']
const makes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 })
const uses = fc.array(
  fc.record({ which, cardNo: fc.constantFrom(...cardNos), amountFen: fc.constantFrom(4_000, 10_000, 12_000) }),
  { minLength: 1, maxLength: 4 },
)
const acts = fc.array(
  fc.oneof(
    fc.record({ makes }),
    fc.record({ uses }),
    fc.record({ uses }),
    fc.record({ voided: which }),
    fc.record({ cancelled: which }),
  ),
  { minLength: 4, maxLength: 16 },
)
type Act = { makes: number[] } | { uses: { which: number; cardNo: string; amountFen: number }[] } | GivenBack
type GivenBack = { voided: number } | { cancelled: number }

/** What is asked at once is of one verb, so that the clock tells apart what takes and what gives back. */
async function play(scene: Scene, act: Act, issued: IssuedCoupon[], traces: string[]): Promise<void> {
  const { core, clock, hub } = scene
  clock.advance(7)
  const now = clock.now()
  if ('makes' in act) {
    const answers = act.makes.map((quantity) => core.issue(issueCommand(now, { quantity })))
    await tally(answers)
    for (const answer of await Promise.allSettled(answers)) {
      if (answer.status === 'fulfilled') issued.push(...answer.value.coupons)
    }
  } else if ('uses' in act) {
    const commands = act.uses.flatMap(({ which, cardNo, amountFen }) => {
      const coupon = issued[which]
      const card = cardOf(cardNo, hashCardNoWith(hub.keyring))
      return coupon === undefined ? [] : [redeemCommand(coupon.code, now, { amountFen, realAmountFen: 1, card })]
    })
    traces.push(...commands.map(({ traceNo }) => traceNo!))
    await tally(commands.map((command) => core.redeem(command)))
  } else if ('voided' in act) {
    const coupon = issued[act.voided]?.coupon
    if (coupon !== undefined) await scene.change('void', coupon)
  } else {
    const traceNo = traces[act.cancelled]
    if (traceNo !== undefined) await scene.cancel(traceNo)
  }
}

describeOnEachDatabase('Running rules over what the hub recorded', (database) => {
  it('flips nothing where they are the very rules that decided it, all of them or some', async () => {
    const scene = await openScene(database())
    const { clock, core, hub } = scene
    for (const [key, value, head] of rules) await addRule(database(), key, value, head)
    let day = 0
    const property = fc.asyncProperty(acts, fc.nat({ max: 2 ** rules.length - 1 }), async (played, chosen) => {
      day += 1
      clock.set(new Date(Date.parse('2026-11-22T10:00:00+08:00') + day * 86_400_000).toISOString())
      const since = clock.now()
      const [issued, traces]: [IssuedCoupon[], string[]] = [[], []]
      for (const act of played) await play(scene, act, issued, traces)
      clock.advance(1)
      const tried = rules.map(readRule).filter((_, i) => (chosen >> i) % 2 === 0)
      const options = { rules: tried, since, until: clock.now(), onProgress: () => undefined }
      const { channels } = await backtest(core, { ...options, signal: new AbortController().signal })
      for (const { asked, unchanged } of channels.values()) expect(unchanged).toBe(asked)
    })
    await fc.assert(property, { numRuns: 15 })

    function readRule([key, value, head]: (typeof rules)[number], index: number): Rule {
      const raw = rawRule(key, value, { ruleSceneItemKey: world.activityId, ...head })
      const parsed = parseRule(raw, { id: String(index + 1), spelling, hashCardNo: hashCardNoWith(hub.keyring) })
      if ('refusal' in parsed) throw new Error(JSON.stringify(parsed.refusal))
      return parsed.rule
    }
  })

  it('reads short stretches where much was decided, and leaves nothing out', async () => {
    const scene = await openScene(database())
    const { clock, core } = scene
    const since = clock.now()
    const n = 2_400
    for (let i = 0; i < n; i += 400) {
      clock.advance(1)
      const answers = Array.from({ length: 400 }, () => core.issue(issueCommand(clock.now())))
      expect(await tally(answers)).toEqual({ ok: 400 })
    }
    clock.advance(1)
    const parsed = parseRule(
      rawRule('ScenceLimit', perDay('make', n - 10), { ruleSceneItemKey: '*', ruleScene: 'make' }),
      { id: '1', spelling },
    )
    if ('refusal' in parsed) throw new Error(JSON.stringify(parsed.refusal))
    let milliseconds = 0
    const onProgress = (more: number): void => void (milliseconds += more)
    const options = { rules: [parsed.rule], since, until: clock.now(), onProgress }
    const { channels } = await backtest(core, { ...options, signal: new AbortController().signal })
    expect(channels.get(world.channelId)).toMatchObject({ asked: n, unchanged: n - 10, acceptedToRefused: 10 })
    expect(milliseconds).toBe(clock.now().getTime() - since.getTime())
    expect(await heard(scene.issue())).toBe('ok')
  })
})
