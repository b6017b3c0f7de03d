import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import type { IssuedCoupon, IssueOutcome } from '../../src/core/issue/issue.ts'
import { createClock, heard, openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { openTestHub } from '../support/world.ts'
import { commandOf, emptyWorld, pictureOf, setUpRules, settle } from './asked.ts'
import { createOracle, fewRules } from './oracle.ts'
import type { Ask } from './oracle.ts'

const small = (max: number) => fc.integer({ min: 0, max })
const acts = fc.constantFrom('void', 'freeze', 'unfreeze', 'delay', 'expire')
const issues: fc.Arbitrary<Ask> = fc.record({
  verb: fc.constant('issue'),
  order: small(6),
  member: small(2),
  quantity: fc.integer({ min: 1, max: 2 }),
})
const others: fc.Arbitrary<Ask> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ verb: fc.constant('redeem'), trace: small(5), coupon: small(3) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('cancel'), trace: small(5) }) },
  { weight: 2, arbitrary: fc.record({ verb: acts, coupon: small(3), hours: fc.integer({ min: 1, max: 40 }) }) },
)
const few = { minLength: 1, maxLength: 8 }
const asks = fc.oneof(
  fc.array(issues, few),
  fc.array(others, few),
  fc.array(others, few),
  fc.array(fc.oneof(issues, others), few),
)
/** What is asked at the same time, and how many seconds pass before it. */
const groups = fc.array(fc.record({ seconds: fc.constantFrom(1, 1, 1, 1, 3_600, 40_000), asks }), {
  minLength: 4,
  maxLength: 14,
})

describeOnEachDatabase('The hub and a model of it', (database, kind) => {
  it('give the same answers to whatever is asked at once, and end in the same state', async () => {
    const clock = createClock()
    const { core } = await openScene(database(), { clock })
    const cores = [core, (await openTestHub(database(), { now: clock.now })).core]
    await setUpRules(database(), fewRules)
    const answerOf = async (asked: Core, ask: Ask, issued: IssuedCoupon[]) => {
      const { verb, command } = commandOf(ask, issued, clock.now(), fewRules)
      const answer = (asked[verb] as (command: unknown) => Promise<unknown>)(command)
      const word = await heard(answer)
      const outcome = word === 'ok' && verb === 'issue' ? ((await answer) as IssueOutcome) : undefined
      return { word, coupons: outcome === undefined || outcome.isRepeat ? [] : outcome.coupons }
    }
    const property = fc.asyncProperty(groups, async (played) => {
      await emptyWorld(database(), fewRules)
      const oracle = createOracle(fewRules)
      const issued: IssuedCoupon[] = []
      for (const [i, { seconds, asks }] of played.entries()) {
        // "Full" is believed for a second.
        clock.advance(seconds)
        const group = settle(asks, oracle)
        const answers = await Promise.all(group.map((ask) => answerOf(cores[i % 2]!, ask, issued)))
        const expected = group.map((ask) => oracle.answer(ask, clock.now().getTime()))
        expect(answers.map(({ word }) => word)).toEqual(expected)
        issued.push(...answers.flatMap(({ coupons }) => coupons))
      }
      expect(await pictureOf(database(), issued)).toEqual(oracle.picture())
    })
    await fc.assert(property, { numRuns: kind === 'embedded' ? 25 : 15 })
  })
})
