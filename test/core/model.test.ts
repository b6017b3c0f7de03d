import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Core } from '../../src/core/core.ts'
import type { IssuedCoupon } from '../../src/core/issue/issue.ts'
import type { Database } from '../../src/db/client/client.ts'
import { cancelCommand, changeCommand, changeSetUp, createClock, heard, openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { item } from '../support/rules.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../support/world.ts'
import { createOracle, rules } from './oracle.ts'
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

type Oracle = ReturnType<typeof createOracle>

const runnerOf = ({ verb }: Ask): string =>
  verb === 'issue' || verb === 'redeem' ? verb : verb === 'cancel' ? 'reverse' : 'change'

/**
 * Leaves out what would make the outcome of a group depend on chance: verbs run beside each other, so a coupon or a
 * number is asked about by one of them only, and nothing is given back while it is taken. Commands of one verb are
 * decided in the order in which they came.
 */
function settle(asked: Ask[], oracle: Oracle): Ask[] {
  const runners = new Map<string, string>()
  const isIssuing = asked.some((ask) => ask.verb === 'issue')
  const isRedeeming = asked.some((ask) => ask.verb === 'redeem')
  return asked.filter((ask) => {
    if (ask.verb === 'issue') return true
    if ((isIssuing && ask.verb === 'void') || (isRedeeming && ask.verb === 'cancel')) return false
    const coupon = 'coupon' in ask ? ask.coupon : oracle.couponOf(ask.trace)
    if ('coupon' in ask && ask.coupon >= oracle.couponCount()) return false
    const subjects = [`coupon ${coupon}`, ...('trace' in ask ? [`trace ${ask.trace}`] : [])]
    const isFree = subjects.every((subject) => (runners.get(subject) ?? runnerOf(ask)) === runnerOf(ask))
    if (isFree) for (const subject of subjects) runners.set(subject, runnerOf(ask))
    return isFree
  })
}

type Play = { core: Core; now: Date; issued: IssuedCoupon[] }

async function askHub({ core, now, issued }: Play, ask: Ask): Promise<{ word: string; coupons: IssuedCoupon[] }> {
  if (ask.verb === 'issue') return askIssue(core, now, ask)
  const word = heard(
    ask.verb === 'redeem'
      ? core.redeem(redeemCommand(issued[ask.coupon]!.code, now, { traceNo: `W${ask.trace}` }))
      : ask.verb === 'cancel'
        ? core.reverse(cancelCommand(`W${ask.trace}`, now))
        : core.changeCoupon(
            changeCommand(ask.verb, issued[ask.coupon]!.coupon, now, {
              until: new Date(now.getTime() + ask.hours * 3_600_000),
            }),
          ),
  )
  return { word: await word, coupons: [] }
}

async function askIssue(core: Core, now: Date, { order, member, quantity }: Extract<Ask, { verb: 'issue' }>) {
  const fingerprint = createHash('sha256').update(`${member}/${quantity}`).digest()
  const memberId = `${world.memberPrefix}000${member}`
  const given = { externalNo: `E${order}`, memberId, quantity, fingerprint, useTimesMax: rules.useTimes }
  const answer = core.issue(issueCommand(now, given))
  const word = await heard(answer)
  const outcome = word === 'ok' ? await answer : undefined
  return { word, coupons: outcome === undefined || outcome.isRepeat ? [] : outcome.coupons }
}

const emptied = ['orders', 'coupons', 'redemptions', 'request_numbers', 'daily_totals', 'audit']
const fresh = [
  ...emptied.map((table) => `delete from ${table}`),
  `delete from counters where key like 'holder:%' or key like 'limit:%'`,
  `update counters set used = 0, max = ${rules.stock} where key like 'stock:%'`,
].join(';')

async function pictureOf({ sql }: Database, issued: IssuedCoupon[]) {
  const rows = await sql<
    { serial: number; text: string }[]
  >`select serial, state || ' ' || uses_left as text from coupons`
  const texts = new Map(rows.map(({ serial, text }) => [serial, text]))
  const [row] = await sql<{ stock: number; standing: number; total: number; held: number; ruled: number }[]>`
    select (select used from counters where key = ${`stock:template:${world.templates.normal}`}) as stock,
      (select count(*) from redemptions where state = 'succeeded') as standing,
      (select coalesce(sum(redeemed - reversed), 0)::bigint from daily_totals) as total,
      (select coalesce(sum(used), 0)::bigint from counters where key like 'holder:%') as held,
      (select coalesce(sum(used), 0)::bigint from counters where key like 'limit:%') as ruled`
  // The days of a limit stay apart, and together they hold what stands.
  const { total, held, ruled, stock, standing } = row!
  expect([total, held, ruled]).toEqual([standing, 2 * stock, stock + standing])
  return { coupons: issued.map(({ coupon }) => texts.get(coupon.serial)!), stock, standing }
}

describeOnEachDatabase('The hub and a model of it', (database, kind) => {
  it('give the same answers to whatever is asked at once, and end in the same state', async () => {
    const clock = createClock()
    const { core } = await openScene(database(), { clock })
    const cores = [core, (await openTestHub(database(), { now: clock.now })).core]
    const { perMember, perMemberDay, useTimes, validHours } = rules
    await changeSetUp(
      database(),
      `update templates set max_per_member = ${perMember}, max_per_member_day = ${perMemberDay}, use_times = ${useTimes},
         valid_for_seconds = ${validHours * 3_600}`,
    )
    const perDay = (key: string, limitMaxDay: number) => ({
      limitWay: 'Q',
      limitType: 'W',
      limitItems: [item(key, { limitMaxDay, endTime: '20291231235959' })],
    })
    await addRule(database(), 'ActivityLimit', perDay(world.activityId, rules.madePerDay), { ruleScene: 'make' })
    await addRule(database(), 'ScenceLimit', perDay('verify', rules.redeemedPerDay))
    const property = fc.asyncProperty(groups, async (played) => {
      await database().sql.unsafe(fresh)
      const oracle = createOracle()
      const issued: IssuedCoupon[] = []
      for (const [i, { seconds, asks }] of played.entries()) {
        // "Full" is believed for a second.
        clock.advance(seconds)
        const group = settle(asks, oracle)
        const play = { core: cores[i % 2]!, now: clock.now(), issued }
        const answers = await Promise.all(group.map((ask) => askHub(play, ask)))
        const expected = group.map((ask) => oracle.answer(ask, clock.now().getTime()))
        expect(answers.map(({ word }) => word)).toEqual(expected)
        issued.push(...answers.flatMap(({ coupons }) => coupons))
      }
      expect(await pictureOf(database(), issued)).toEqual(oracle.picture())
    })
    await fc.assert(property, { numRuns: kind === 'embedded' ? 25 : 15 })
  })
})
