import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { IssuedCoupon, IssueOutcome } from '../../src/core/issue/issue.ts'
import { commandOf, emptyWorld, pictureOf, setUpRules, settle } from '../core/asked.ts'
import { createOracle, type Ask, type Rules } from '../core/oracle.ts'
import { databases, freshDatabase, type FreshDatabase } from '../support/database.ts'
import { startHubProcess, type Answer, type HubProcess } from '../support/processes.ts'
import { openTestHub } from '../support/world.ts'

// The model of test/core/model.test.ts at a size at which batches are full, and before two processes at once. What an
// answer depends on stays with one of the two, by an even and an odd half: a member and its orders, a coupon and its trace
// numbers. What they share (stock, limits of rules) is asked of both only where it cannot run out.

const rules: Rules = {
  stock: 400,
  perMember: 14,
  perMemberDay: 9,
  madePerDay: 250,
  redeemedPerDay: 150,
  useTimes: 2,
  validHours: 30,
}
const members = 60
const orders = 300
const traces = 500

const whole = (max: number) => fc.nat({ max: max - 1 })
const sameHalf = (number: number, other: number): number => number - (number % 2) + (other % 2)

const issues: fc.Arbitrary<Ask> = fc
  .record({
    verb: fc.constant('issue' as const),
    order: whole(orders),
    member: whole(members),
    quantity: fc.integer({ min: 1, max: 2 }),
  })
  .map((ask) => ({ ...ask, order: sameHalf(ask.order, ask.member) }))
const redemptions: fc.Arbitrary<Ask> = fc
  .record({ verb: fc.constant('redeem' as const), trace: whole(traces), coupon: whole(rules.stock) })
  .map((ask) => ({ ...ask, trace: sameHalf(ask.trace, ask.coupon) }))
const cancels: fc.Arbitrary<Ask> = fc.record({ verb: fc.constant('cancel'), trace: whole(traces) })
const acts = fc.constantFrom(
  'void' as const,
  'freeze' as const,
  'unfreeze' as const,
  'delay' as const,
  'expire' as const,
)
const changes: fc.Arbitrary<Ask> = fc.record({
  verb: acts,
  coupon: whole(rules.stock),
  hours: fc.integer({ min: 1, max: 40 }),
})
const asks = fc.oneof(
  fc.array(issues, { minLength: 200, maxLength: 300 }),
  fc.array(fc.oneof({ weight: 3, arbitrary: issues }, redemptions), { minLength: 200, maxLength: 300 }),
  fc.array(fc.oneof({ weight: 3, arbitrary: redemptions }, changes), { minLength: 200, maxLength: 300 }),
  fc.array(fc.oneof(cancels, changes), { minLength: 200, maxLength: 300 }),
)
const groups = fc.array(fc.record({ seconds: fc.constantFrom(1, 1, 1, 1, 3_600, 40_000), asks }), {
  minLength: 40,
  maxLength: 40,
})

const halfOf = (ask: Ask): number =>
  (ask.verb === 'issue' ? ask.member : ask.verb === 'cancel' ? ask.trace : ask.coupon) % 2

const wanted = inject('isLong') ? 1_000_000 : 10_000

describe.runIf(databases.includes('postgres'))('Two hub processes and a model of them', () => {
  let fresh: FreshDatabase
  let hubs: HubProcess[]
  let at = Date.parse('2026-11-22T12:00:00+08:00')

  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
    await openTestHub(fresh.database)
    await setUpRules(fresh.database, rules)
    hubs = await Promise.all(['hub-one', 'hub-two'].map((name) => startHubProcess(fresh.url!, name)))
  })
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.stop()))
    await fresh.drop()
  })

  /** Asks one process, each verb's commands at once, and gives the answers in the order of the asks. */
  async function askHub(hub: HubProcess, group: Ask[], issued: IssuedCoupon[]): Promise<Map<Ask, Answer>> {
    const commands = group.map((ask) => ({ ask, ...commandOf(ask, issued, new Date(at), rules) }))
    const verbs = [...new Set(commands.map(({ verb }) => verb))]
    const answered = verbs.map(async (verb) => {
      const ofVerb = commands.filter((asked) => asked.verb === verb)
      const answers = await hub.ask(
        verb,
        ofVerb.map(({ command }) => command),
        at,
      )
      return ofVerb.map(({ ask }, i) => [ask, answers[i]!] as const)
    })
    return new Map((await Promise.all(answered)).flat())
  }

  async function askBoth(group: Ask[], isShared: boolean, turn: number, issued: IssuedCoupon[]): Promise<Answer[]> {
    const parts = hubs.map((_, i) => group.filter((ask) => (isShared ? halfOf(ask) : turn % 2) === i))
    const answers = await Promise.all(hubs.map((hub, i) => askHub(hub, parts[i]!, issued)))
    return group.map((ask) => answers.map((heard) => heard.get(ask)).find((answer) => answer !== undefined)!)
  }

  it(`give the same answers to ${wanted} commands, and end in the same state`, async () => {
    let asked = 0
    const property = fc.asyncProperty(groups, async (played) => {
      if (asked >= wanted) return
      await emptyWorld(fresh.database, rules)
      const oracle = createOracle(rules)
      const issued: IssuedCoupon[] = []
      for (const [turn, { seconds, asks }] of played.entries()) {
        at += seconds * 1000
        const group = settle(asks, oracle)
        const answers = await askBoth(group, oracle.hasRoom(group, at), turn, issued)
        expect(answers.map((answer) => ('code' in answer ? answer.code : 'ok'))).toEqual(
          group.map((ask) => oracle.answer(ask, at)),
        )
        issued.push(...answers.flatMap(issuedIn))
        asked += group.length
      }
      expect(await pictureOf(fresh.database, issued)).toEqual(oracle.picture())
      // Nothing of one world reaches into the next: not even that something was full.
      at += 400_000_000
    })
    // A world of so many asks says more than what is left of it when it is made small.
    await fc.assert(property, { numRuns: Math.ceil(wanted / 4_000), endOnFailure: true })
    expect(asked).toBeGreaterThanOrEqual(wanted)
  })
})

const issuedIn = (answer: Answer): IssuedCoupon[] => {
  const outcome = 'code' in answer ? undefined : (answer.outcome as Partial<IssueOutcome> | undefined)
  return outcome?.coupons === undefined || outcome.isRepeat === true ? [] : outcome.coupons
}
