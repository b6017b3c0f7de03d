import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyHub } from '../../src/core/verify/verify.ts'
import { databases, freshDatabase, type FreshDatabase } from '../support/database.ts'
import { issueCommand, openTestHub, redeemCommand } from '../support/world.ts'
import { act, openClockedHub, poolTemplateId, reverse, type ClockedHub } from './mix.ts'

describe.runIf(databases.includes('postgres'))('verify beside live traffic', () => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
  })
  afterAll(() => fresh.drop())

  it('finds no difference that is none, and the one that is planted', async () => {
    const hub = { ...(await openClockedHub(fresh.database, new Date())), now: () => new Date() }
    hub.hub.now = hub.now
    // Its clock is so far ahead that what happened a second ago is taken for settled.
    const ahead = await openTestHub(fresh.database, { now: () => new Date(Date.now() + 28_500) })
    let isOver = false
    const clients = Array.from({ length: 12 }, (_, i) => keepBusy(hub, i, () => isOver))
    await sleep(2_000)
    const prove = () => verifyHub(ahead.core, { pauseMilliseconds: 10 })
    const reports = [await prove(), await prove(), await prove()]
    await fresh.database.sql`update counters set used = used + 1 where key like 'stock:activity:%'`
    const planted = await prove()
    isOver = true
    const rounds = (await Promise.all(clients)).reduce((sum, count) => sum + count, 0)
    expect(rounds).toBeGreaterThan(100)
    expect(reports.flatMap(({ differences }) => differences)).toEqual([])
    expect(planted.differences.map(({ check }) => check)).toEqual(['stock'])
  })
})

/** Issues, redeems, reverses and voids one coupon after the other until it is over; answers how many. */
async function keepBusy(hub: ClockedHub, client: number, isOver: () => boolean): Promise<number> {
  const urls = { issueUrl: 'http://127.0.0.1/issued', redeemUrl: 'http://127.0.0.1/used' }
  let count = 0
  for (; !isOver(); count++) {
    const isPooled = client === 0 && count < 20
    const memberId = `62${client}${Math.floor(count / 500)}`
    const openid = `o${client}-${Math.floor(count / 500)}`
    const given = { ...urls, memberId, openid, useTimesMax: 3, ...(isPooled ? { templateId: poolTemplateId } : {}) }
    const issued = await hub.core.issue(issueCommand(hub.now(), given))
    if (count % 3 === 0) continue
    const { redemption } = await hub.core.redeem(redeemCommand(issued.coupons[0]!.code, hub.now()))
    if (count % 3 === 1) continue
    await reverse(hub, redemption.no)
    await act(hub, issued, 'void')
  }
  return count
}
