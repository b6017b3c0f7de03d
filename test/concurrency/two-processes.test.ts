import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tx } from '../../src/db/client/client.ts'
import { cancelCommand, changeSetUp, countOf, usedOf } from '../support/acts.ts'
import { databases, freshDatabase } from '../support/database.ts'
import type { FreshDatabase } from '../support/database.ts'
import { startHubProcess, tallyAnswers } from '../support/processes.ts'
import type { Answer, HubProcess } from '../support/processes.ts'
import { issueCommand, openTestHub, redeemCommand, world } from '../support/world.ts'

const { scarce, short } = world.templates
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))

// The embedded database serves one process alone.
describe.runIf(databases.includes('postgres'))('Two hub processes over one database', () => {
  let fresh: FreshDatabase
  let hubs: HubProcess[]
  let codes: string[] = []

  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
    await openTestHub(fresh.database)
    hubs = await Promise.all(['hub-one', 'hub-two'].map((name) => startHubProcess(fresh.url!, name)))
    const issued = await hubs[0]!.ask(
      'issue',
      times(100, () => issueCommand(new Date())),
    )
    codes = issued.map((answer) => outcomeOf(answer).coupons[0]!.code)
  })
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.stop()))
    await fresh.drop()
  })

  const outcomeOf = <Outcome>(answer: Answer<Outcome>): Outcome => {
    if ('outcome' in answer) return answer.outcome
    throw new Error(`refused: ${answer.code}`)
  }
  const code = (): string => codes.pop()!
  /** Each of the two processes gets its own list, at the same time. */
  const askBoth = async (
    verb: 'issue' | 'redeem' | 'reverse',
    lists: Parameters<HubProcess['ask']>[1][],
  ): Promise<Answer[]> => (await Promise.all(hubs.map((hub, i) => hub.ask(verb, lists[i] as never)))).flat()

  it('make one order of the same request sent 50 times at once', async () => {
    const same = () => issueCommand(new Date(), { externalNo: 'SAME', templateId: short })
    const [one, two] = await Promise.all(hubs.map((hub) => hub.ask('issue', times(25, same))))
    const numbers = new Set([...one!, ...two!].map((answer) => outcomeOf(answer).order.no))
    expect(numbers.size).toBe(1)
    const [row] = await fresh.database.sql`select count(*) as count from orders where external_no = 'SAME'`
    expect(row).toEqual({ count: 1 })
    expect((await usedOf(fresh.database))[`stock:template:${short}`]).toBe(1)
  })

  it('make one order of each of many requests that come to both, in whatever order', async () => {
    const list = times(60, (i) => `MANY${i}`)
    const commands = (names: string[]) => names.map((externalNo) => issueCommand(new Date(), { externalNo }))
    expect(tallyAnswers(await askBoth('issue', [commands(list), commands(list.toReversed())]))).toEqual({ ok: 120 })
    const [row] = await fresh.database.sql`select count(*) as count from orders where external_no like 'MANY%'`
    expect(row).toEqual({ count: 60 })
  })

  it('sell exactly the last 10 of stock to 200 requests', async () => {
    const asks = () => times(100, () => issueCommand(new Date(), { templateId: scarce }))
    expect(tallyAnswers(await askBoth('issue', [asks(), asks()]))).toEqual({ ok: 10, stock_exhausted: 190 })
    const [row] = await fresh.database.sql`select count(*) as count from coupons where template_id = ${scarce}`
    expect(row).toEqual({ count: 10 })
  })

  it('redeem one coupon exactly once of 50 times', async () => {
    const wanted = code()
    const asks = () => times(25, () => redeemCommand(wanted, new Date()))
    expect(tallyAnswers(await askBoth('redeem', [asks(), asks()]))).toEqual({ ok: 1, coupon_redeemed: 49 })
  })

  it('give one answer to the same redemption sent 50 times', async () => {
    const wanted = code()
    const asks = () => times(25, () => redeemCommand(wanted, new Date(), { traceNo: 'SAME' }))
    const [one, two] = await Promise.all(hubs.map((hub) => hub.ask('redeem', asks())))
    expect(new Set([...one!, ...two!].map((answer) => outcomeOf(answer).redemption.no)).size).toBe(1)
  })

  it('bind a trace number to one of two coupons, and tell the other of the conflict', async () => {
    const asks = times(10, (i) => [`TWO${i}`, code(), code()] as const)
    const listOf = (nth: 1 | 2) => asks.map((ask) => redeemCommand(ask[nth], new Date(), { traceNo: ask[0] }))
    expect(tallyAnswers(await askBoth('redeem', [listOf(1), listOf(2)]))).toEqual({ ok: 10, request_conflict: 10 })
  })

  it('leave a coupon free that one redeems and the other cancels, in whichever order they come', async () => {
    const asks = times(20, (i) => ({ code: code(), traceNo: `CANCEL${i}` }))
    const [redeemed, cancelled] = await Promise.all([
      hubs[0]!.ask(
        'redeem',
        asks.map(({ code, traceNo }) => redeemCommand(code, new Date(), { traceNo })),
      ),
      hubs[1]!.ask(
        'reverse',
        asks.map(({ traceNo }) => cancelCommand(traceNo, new Date())),
      ),
    ])
    const pairs = redeemed.map((answer, i) => ['code' in answer ? answer.code : 'ok', outcomeOf(cancelled[i]!).kind])
    for (const pair of pairs)
      expect(pair).toBeOneOf([
        ['ok', 'reversed'],
        ['request_cancelled', 'forestalled'],
      ])
    const late = asks.map(({ code, traceNo }) => redeemCommand(code, new Date(), { traceNo }))
    const refused = tallyAnswers(await hubs[0]!.ask('redeem', late))
    expect((refused['redemption_reversed'] ?? 0) + (refused['request_cancelled'] ?? 0)).toBe(20)
    const anew = asks.map(({ code }) => redeemCommand(code, new Date()))
    expect(tallyAnswers(await hubs[1]!.ask('redeem', anew))).toEqual({ ok: 20 })
  })

  it('go on without one that is stopped in the middle of a batch, oversell nothing, and answer when it wakes', async () => {
    const [stopped, going] = hubs as [HubProcess, HubProcess]
    const stock = `stock:template:${short}`
    await changeSetUp(fresh.database, `update counters set max = used + 10 where key = '${stock}'`)
    const asks = () => times(10, () => issueCommand(new Date(), { templateId: short }))
    let waking: Promise<Answer[]> | undefined
    // Its batch gets to its last statement and waits there, holding the counter's lock.
    await fresh.database.transaction(async (tx) => {
      await tx`select 1 from daily_totals where template_id = ${short} for update`
      waking = stopped.ask('issue', asks())
      await untilWaiting(tx, stopped.name)
      stopped.signal('SIGSTOP')
    })
    const others = await going.ask('issue', asks())
    stopped.signal('SIGCONT')
    expect(tallyAnswers(others)).toEqual({ ok: 10 })
    expect(tallyAnswers(await waking!)).toEqual({ stock_exhausted: 10 })
    expect((await usedOf(fresh.database))[stock]).toBe(11)
    expect(tallyAnswers(await stopped.ask('redeem', [redeemCommand(code(), new Date())]))).toEqual({ ok: 1 })
  })

  it('leave totals that agree with what there is', async () => {
    const [totals] = await fresh.database.sql`
      select sum(issued)::bigint as issued, sum(redeemed - reversed)::bigint as redeemed from daily_totals`
    const [standing] = await fresh.database.sql`select count(*) as count from redemptions where state = 'succeeded'`
    expect(totals).toEqual({ issued: await countOf(fresh.database, 'coupons'), redeemed: standing!['count'] })
  })
})

async function untilWaiting(tx: Tx, name: string): Promise<void> {
  for (;;) {
    await tx`select pg_stat_clear_snapshot()`
    const rows = await tx`
      select 1 from pg_stat_activity where application_name = ${name} and wait_event_type = 'Lock'`
    if (rows.length > 0) return
    await sleep(10)
  }
}
