import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBalance, topUpBalance } from '../../src/core/back-office/balances.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import type { Core } from '../../src/core/core.ts'
import { changeCommand, operator } from '../support/acts.ts'
import { databases, freshDatabase, type FreshDatabase } from '../support/database.ts'
import { startHubProcess, tallyAnswers, type HubProcess } from '../support/processes.ts'
import { issueCommand, openTestHub, world } from '../support/world.ts'

const { channelId } = world
const times = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make)

// The embedded database serves one process alone.
describe.runIf(databases.includes('postgres'))('A prepaid balance under two processes', () => {
  let fresh: FreshDatabase
  let hubs: HubProcess[]
  let core: Core

  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
    core = (await openTestHub(fresh.database)).core
    await topUpBalance(core, operator, { channelId, amountFen: 100_000 })
    hubs = await Promise.all(['hub-one', 'hub-two'].map((name) => startHubProcess(fresh.url!, name)))
  })
  afterAll(async () => {
    await Promise.all(hubs.map((hub) => hub.stop()))
    await fresh.drop()
  })

  const ordered = () =>
    Promise.all(
      hubs.map((hub) =>
        hub.ask(
          'issue',
          times(60, () => issueCommand(new Date())),
        ),
      ),
    )

  it('pays for exactly as many orders as it covers, and what voided ones give back pays again', async () => {
    const answers = (await ordered()).flat()
    expect(tallyAnswers(answers)).toEqual({ ok: 33, balance_too_low: 87 })
    expect(await readBalance(core, channelId)).toMatchObject({ takenFen: 99_000, balanceFen: 1_000 })
    const coupons = answers.flatMap((answer) => ('outcome' in answer ? [answer.outcome.coupons[0]!.coupon] : []))
    // Each is voided by both at once, and gives back once.
    const voids = () => coupons.slice(0, 10).map((coupon) => changeCommand('void', coupon, new Date()))
    await Promise.all(hubs.map((hub) => hub.ask('changeCoupon', voids())))
    expect(await readBalance(core, channelId)).toMatchObject({ takenFen: 69_000, balanceFen: 31_000 })
    expect(tallyAnswers((await ordered()).flat())).toEqual({ ok: 10, balance_too_low: 110 })
    expect((await verifyHub(core, { pauseMilliseconds: 1 })).differences).toEqual([])
  })

  it('takes payments while orders are taken from it, and loses none of either', async () => {
    const payments = times(10, () => topUpBalance(core, operator, { channelId, amountFen: 3_000 }))
    const [answers] = await Promise.all([ordered(), ...payments])
    const [row] = await fresh.database.sql`
      select count(*) filter (where reason = 'ordered')::int as ordered, count(*) filter (where reason = 'paid_in')::int as paid
      from ledger_entries`
    const taken = tallyAnswers(answers.flat())['ok'] ?? 0
    expect(row).toEqual({ ordered: 43 + taken, paid: 11 })
    expect((await readBalance(core, channelId))?.balanceFen).toBe(1_000 + 30_000 - taken * 3_000)
    expect((await verifyHub(core, { pauseMilliseconds: 1 })).differences).toEqual([])
  })
})
