import { describe, expect, it } from 'vitest'
import { topUpBalance } from '../../src/core/back-office/balances.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import type { Sql } from '../../src/db/client/client.ts'
import { createClock, openScene, operator } from '../support/acts.ts'
import { describeOnOneDatabase, playOnce } from '../support/database.ts'
import { issueCommand, world } from '../support/world.ts'

const { channelId } = world

const corruptions: { title: string; plant: (sql: Sql) => Promise<unknown>; checks: string[] }[] = [
  {
    title: 'a payment that is not in the ledger',
    plant: (sql) => sql`update counters set max = max + 1 where key like 'balance:%'`,
    checks: ['balance_paid'],
  },
  {
    title: 'an amount that was taken and is not in the ledger',
    plant: (sql) => sql`update counters set used = used + 1 where key like 'balance:%'`,
    checks: ['balance_held', 'balance_taken'],
  },
  {
    title: 'an entry that is gone',
    plant: (sql) => sql`delete from ledger_entries where reason = 'voided'`,
    checks: ['balance_taken', 'ledger_order'],
  },
  {
    title: 'an entry of another amount',
    plant: (sql) => sql`update ledger_entries set amount_fen = amount_fen + 1 where reason = 'ordered'`,
    checks: ['balance_taken', 'ledger_order'],
  },
  {
    title: 'an entry of an order that is not there',
    plant: (sql) => sql`update ledger_entries set order_no = 'NONE' where reason = 'voided'`,
    checks: ['ledger_cause', 'ledger_order'],
  },
  {
    title: 'a balance that is gone',
    plant: (sql) => sql`delete from counters where key like 'balance:%'`,
    checks: ['balance_held', 'balance_paid', 'balance_taken'],
  },
]

describeOnOneDatabase('verify of balances', (database) => {
  async function playBalance(day = '2026-06-10') {
    const scene = await openScene(database(), { clock: createClock(`${day}T12:00:00+08:00`) })
    await topUpBalance(scene.core, operator, { channelId, amountFen: 20_000 })
    const { coupons } = await scene.core.issue(issueCommand(scene.clock.now(), { quantity: 2 }))
    await scene.change('void', coupons[0]!.coupon)
    return scene
  }
  const prove = async ({ core }: Awaited<ReturnType<typeof playBalance>>, isFull = false) =>
    (await verifyHub(core, { pauseMilliseconds: 1, isFull })).differences.map(({ check }) => check).toSorted()

  it('finds nothing wrong on the day, when it is closed, and when everything is counted again', async () => {
    const scene = await playBalance()
    expect(await prove(scene)).toEqual([])
    scene.clock.advance(2 * 86_400)
    expect(await prove(scene)).toEqual([])
    await topUpBalance(scene.core, operator, { channelId, amountFen: -100 })
    expect(await prove(scene)).toEqual([])
    expect(await prove(scene, true)).toEqual([])
  })

  it('looks at a payment of a day on which nothing else happened', async () => {
    const scene = await openScene(database(), { clock: createClock('2026-06-10T12:00:00+08:00') })
    await topUpBalance(scene.core, operator, { channelId, amountFen: 20_000 })
    scene.clock.advance(2 * 86_400)
    expect(await prove(scene)).toEqual([])
  })

  describe('names', () => {
    const played = playOnce(database, () => playBalance())
    it.each(corruptions)('$title', async ({ plant, checks }) => {
      const scene = await played()
      await plant(database().sql)
      expect(await prove(scene)).toEqual(checks)
    })
  })
})
