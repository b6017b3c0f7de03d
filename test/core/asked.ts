import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { IssuedCoupon } from '../../src/core/issue/issue.ts'
import type { Database } from '../../src/db/client/client.ts'
import { cancelCommand, changeCommand, changeSetUp } from '../support/acts.ts'
import { addRule } from '../support/rule-rows.ts'
import { item } from '../support/rules.ts'
import { issueCommand, redeemCommand, world } from '../support/world.ts'
import type { Ask, createOracle, Rules } from './oracle.ts'

// What a model is asked, as the hub is asked it.

type Oracle = ReturnType<typeof createOracle>

const runnerOf = ({ verb }: Ask): string =>
  verb === 'issue' || verb === 'redeem' ? verb : verb === 'cancel' ? 'reverse' : 'change'

/**
 * Leaves out what would make the outcome of a group depend on chance: verbs run beside each other, so a coupon or a
 * number is asked about by one of them only, and nothing is given back while it is taken. Commands of one verb are
 * decided in the order in which they came.
 */
export function settle(asked: Ask[], oracle: Oracle): Ask[] {
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

/** The command of an ask. `issued` are the coupons in the order of their issue. */
export function commandOf(ask: Ask, issued: readonly IssuedCoupon[], now: Date, { useTimes }: Rules) {
  if (ask.verb === 'issue') return { verb: 'issue' as const, command: orderOf(ask, now, useTimes) }
  if (ask.verb === 'cancel') return { verb: 'reverse' as const, command: cancelCommand(`W${ask.trace}`, now) }
  const { code, coupon } = issued[ask.coupon]!
  if (ask.verb === 'redeem') {
    return { verb: 'redeem' as const, command: redeemCommand(code, now, { traceNo: `W${ask.trace}` }) }
  }
  const until = new Date(now.getTime() + ask.hours * 3_600_000)
  return { verb: 'changeCoupon' as const, command: changeCommand(ask.verb, coupon, now, { until }) }
}

function orderOf({ order, member, quantity }: Extract<Ask, { verb: 'issue' }>, now: Date, useTimesMax: number) {
  const fingerprint = createHash('sha256').update(`${member}/${quantity}`).digest()
  const memberId = `${world.memberPrefix}${String(member).padStart(8, '0')}`
  return issueCommand(now, { externalNo: `E${order}`, memberId, quantity, fingerprint, useTimesMax })
}

/** Sets up what the model's rules say. */
export async function setUpRules(database: Database, rules: Rules): Promise<void> {
  const { perMember, perMemberDay, useTimes, validHours } = rules
  await changeSetUp(
    database,
    `update templates set max_per_member = ${perMember}, max_per_member_day = ${perMemberDay}, use_times = ${useTimes},
       valid_for_seconds = ${validHours * 3_600}`,
  )
  const perDay = (key: string, limitMaxDay: number) => ({
    limitWay: 'Q',
    limitType: 'W',
    limitItems: [item(key, { limitMaxDay, endTime: '20291231235959' })],
  })
  await addRule(database, 'ActivityLimit', perDay(world.activityId, rules.madePerDay), { ruleScene: 'make' })
  await addRule(database, 'ScenceLimit', perDay('verify', rules.redeemedPerDay))
}

const emptied = ['orders', 'coupons', 'redemptions', 'request_numbers', 'daily_totals', 'audit']
/** Empties the world of what was done in it. */
export const emptyWorld = (database: Database, { stock }: Rules): Promise<unknown> =>
  database.sql.unsafe(
    [
      ...emptied.map((table) => `delete from ${table}`),
      `delete from counters where key like 'holder:%' or key like 'limit:%'`,
      `update counters set used = 0, max = ${stock} where key like 'stock:%'`,
    ].join(';'),
  )

/** What the database holds, as the model says it; what it says twice must agree. */
export async function pictureOf({ sql }: Database, issued: readonly IssuedCoupon[]) {
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
