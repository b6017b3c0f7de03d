import type { ChangeCouponCommand } from '../../src/core/change/change-coupon.ts'
import type { CouponAct } from '../../src/core/coupon/coupon.ts'
import { HubError } from '../../src/core/command/errors.ts'
import type { IssueCommand } from '../../src/core/command/issue.ts'
import type { IssuedCoupon } from '../../src/core/issue/issue.ts'
import { makeNumber } from '../../src/core/numbers/numbers.ts'
import { requestScope } from '../../src/core/redeem/redeem.ts'
import type { RedeemCommand } from '../../src/core/command/redeem.ts'
import type { ReverseCommand } from '../../src/core/redeem/reverse.ts'
import type { Database } from '../../src/db/client/client.ts'
import type { CouponName } from '../../src/db/coupons.ts'
import { raiseSetupVersion } from '../../src/db/set-up.ts'
import { issueCommand, openTestHub, redeemCommand, world, type TestHub, type TestHubOptions } from './world.ts'

/** A clock that stands until it is moved. */
export type TestClock = { now: () => Date; advance: (seconds: number) => void; set: (text: string) => void }

/** It stands at noon in Shanghai, so that a few hours more or less stay within the day. */
export function createClock(text = '2026-11-22T12:00:00+08:00'): TestClock {
  let at = Date.parse(text)
  return {
    now: () => new Date(at),
    advance: (seconds) => void (at += seconds * 1000),
    set: (text) => void (at = Date.parse(text)),
  }
}

/** What a caller hears: the code of the refusal, or 'ok'. Any other error is thrown on. */
export async function heard(answer: Promise<unknown>): Promise<string> {
  try {
    await answer
    return 'ok'
  } catch (error) {
    if (error instanceof HubError) return error.code
    throw error
  }
}

/** How often each answer was heard. */
export async function tally(answers: Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const word of await Promise.all(answers.map(heard))) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

/** Changes the set-up as operators do: together with its version. */
export const changeSetUp = (database: Database, statement: string): Promise<unknown> =>
  database.transaction(async (tx) => {
    await raiseSetupVersion(tx)
    await tx.unsafe(statement)
  })

/** The times and commands of one test: each act is a command of its own at the clock's time. */
export type Scene = TestHub & {
  clock: TestClock
  issue: (given?: Partial<IssueCommand>) => Promise<IssuedCoupon>
  redeem: (code: string, given?: Partial<RedeemCommand>) => Promise<string>
  change: (act: CouponAct, coupon: CouponName, until?: Date) => Promise<string>
  cancel: (traceNo: string) => Promise<string>
  stateOf: (coupon: CouponName) => Promise<string>
}

/** Opens a hub over the database with a clock that stands; `issue` gives the first coupon, the others what is heard. */
export async function openScene(
  database: Database,
  options: TestHubOptions & { clock?: TestClock } = {},
): Promise<Scene> {
  const clock = options.clock ?? createClock()
  const { hub, core } = await openTestHub(database, { now: clock.now, ...options })
  return {
    hub,
    core,
    clock,
    issue: async (given) => (await core.issue(issueCommand(clock.now(), given))).coupons[0]!,
    redeem: (code, given) => heard(core.redeem(redeemCommand(code, clock.now(), given))),
    change: (act, coupon, until) => heard(core.changeCoupon(changeCommand(act, coupon, clock.now(), { until }))),
    cancel: (traceNo) => heard(core.reverse(cancelCommand(traceNo, clock.now()))),
    stateOf: async ({ sourceId, serial }) => {
      const [row] = await database.sql`select state from coupons where source_id = ${sourceId} and serial = ${serial}`
      return String(row?.['state'])
    },
  }
}

export const operator = { name: 'Li Lei', reason: 'a complaint' }

const inAMinute = (now: Date): Date => new Date(now.getTime() + 60_000)

export const changeCommand = (
  act: CouponAct,
  { lane, sourceId, serial }: CouponName,
  now: Date,
  given: Partial<ChangeCouponCommand> = {},
): ChangeCouponCommand => ({
  no: makeNumber(0, now),
  deadline: inAMinute(now),
  act,
  coupon: { lane, sourceId, serial },
  ...(act === 'expire' ? {} : { operator }),
  ...given,
})

export const till = {
  face: 'shoubei',
  appId: world.shoubei.instNo,
  acceptorId: world.shoubei.instNo,
  merchantNo: world.merchantNo,
  shopNo: world.shopNo,
}

export const scopeOf = (traceNo: string): Buffer => requestScope(world.shoubei.instNo, 'number', traceNo)

/** The till's cancel of what it called `traceNo`. */
export const cancelCommand = (traceNo: string, now: Date, given: Partial<ReverseCommand> = {}): ReverseCommand => ({
  no: makeNumber(0, now),
  deadline: inAMinute(now),
  by: { till },
  scopeHash: scopeOf(traceNo),
  ...given,
})

/** What every counter says, by key. */
export async function usedOf({ sql }: Database): Promise<Record<string, number>> {
  const rows = await sql<{ key: string; used: number }[]>`select key, used from counters order by key`
  return Object.fromEntries(rows.map(({ key, used }) => [key, used]))
}

/** How many rows a table has. */
export async function countOf({ sql }: Database, table: string): Promise<number> {
  const [row] = await sql.unsafe<{ count: number }[]>(`select count(*) as count from ${table}`)
  return row!.count
}
