import { expect, it } from 'vitest'
import { insertRows } from '../../src/db/client/rows.ts'
import type { Hub } from '../../src/hub.ts'
import { changeSetUp, heard, openScene, tally, usedOf } from '../support/acts.ts'
import type { Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { issueCommand, openTestHub, world } from '../support/world.ts'

const templateId = world.templates.scarce
const poolId = 2

/** Gives the template a pool of imported codes. */
async function fillPool({ database, keyring }: Hub, codes: string[]): Promise<void> {
  const rows = codes.map((code, number) => ({ number, sourceId: poolId, codeHash: keyring.hash('code', code) }))
  await database.transaction(async (tx) => {
    const source = { id: poolId, kind: 'pool', name: 'a pool', alphabet: null, length: null, isEnabled: true }
    await insertRows(tx, 'code_sources', [{ ...source, createdAt: new Date(0) }])
    await insertRows(tx, 'counters', [{ key: `numbers:${poolId}`, used: 0, max: codes.length }])
    await insertRows(
      tx,
      'pool_codes',
      rows.map((row) => ({ ...row, cipher: keyring.encrypt(codes[row.number]!) })),
    )
    await insertRows(
      tx,
      'imported_codes',
      rows.map((row) => ({ ...row, lane: null })),
    )
  })
  await changeSetUp(database, `update templates set source_id = ${poolId} where id = '${templateId}'`)
}

const codes = ['POOL-AAAA', 'POOL-BBBB', 'POOL-CCCC', 'POOL-DDDD']

describeOnEachDatabase('A pool of imported codes', (database) => {
  const open = async (): Promise<Scene> => {
    const scene = await openScene(database())
    await fillPool(scene.hub, codes)
    return scene
  }

  it('hands each code out once and in turn, keeps it for its order, and is then empty', async () => {
    const { core, clock } = await open()
    const { core: other } = await openTestHub(database(), { now: clock.now })
    const first = await core.issue(issueCommand(clock.now(), { templateId, quantity: 2, externalNo: 'E1' }))
    expect(first.coupons.map(({ code }) => code)).toEqual(codes.slice(0, 2))
    const asks = [core, other, core, other].map((one) => one.issue(issueCommand(clock.now(), { templateId })))
    expect(await tally(asks)).toEqual({ ok: 2, stock_exhausted: 2 })
    const again = await other.issue(issueCommand(clock.now(), { templateId, quantity: 2, externalNo: 'E1' }))
    expect(again.coupons.map(({ code }) => code)).toEqual(codes.slice(0, 2))
  })

  it('has its codes redeemed like others, those that were handed out alone', async () => {
    const { issue, redeem } = await open()
    const { code } = await issue({ templateId })
    expect(await redeem(codes[1]!)).toBe('coupon_not_found')
    expect([await redeem(code), await redeem(code)]).toEqual(['ok', 'coupon_redeemed'])
  })

  it('has its codes redeemed as people type them: with other dashes, blanks, full-width, in the other case', async () => {
    const { issue, redeem } = await open()
    await issue({ templateId, quantity: 3 })
    expect(await redeem('pool-aaaa')).toBe('ok')
    expect(await redeem(' ＰＯＯＬ-ＢＢＢＢ ')).toBe('ok')
    expect(await redeem('POOL AAAA')).toBe('coupon_not_found')
  })

  it('never gets a code back that was handed out: it is burnt, with its stock; the holder may have another', async () => {
    const { core, clock, issue, change } = await open()
    await changeSetUp(database(), 'update templates set max_per_member = 1')
    const { code, coupon } = await issue({ templateId })
    expect(await change('void', coupon)).toBe('ok')
    const used = await usedOf(database())
    expect([used[`numbers:${poolId}`], used[`stock:template:${templateId}`]]).toEqual([1, 1])
    expect((await issue({ templateId })).code).not.toBe(code)
    expect(await heard(core.issue(issueCommand(clock.now(), { templateId })))).toBe('limit_exceeded')
  })
})
