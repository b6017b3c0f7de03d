import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { updateActivity } from '../../src/core/back-office/activities.ts'
import { setPrice } from '../../src/core/back-office/prices.ts'
import { readBalance, topUpBalance } from '../../src/core/back-office/balances.ts'
import { codeHash } from '../../src/core/keys/hashes.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import type { CouponName } from '../../src/db/coupons.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { changeSetUp, countOf, heard, openScene, operator, usedOf, type Scene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { issueCommand, world } from '../support/world.ts'

const { channelId } = world
const { normal, scarce } = world.templates

// A second later than what came before, so that entries and acts have an order.
const later = (scene: Scene): Scene => {
  scene.clock.advance(1)
  return scene
}
const pay = (scene: Scene, amountFen: number) => topUpBalance(later(scene).core, operator, { channelId, amountFen })
const price = (scene: Scene, settlementPriceFen: number | null, templateId: string = normal) =>
  setPrice(later(scene).core, operator, { channelId, templateId, settlementPriceFen })
const left = async (scene: Scene) => (await readBalance(scene.core, channelId))?.balanceFen
const order = (scene: Scene, given: Parameters<typeof issueCommand>[1] = {}) =>
  later(scene).core.issue(issueCommand(scene.clock.now(), given))

/** Orders a code of the supplier's and answers its request, which nobody has asked yet. */
async function orderFromSupplier(scene: Scene): Promise<SupplierRequestRow> {
  const asked = new Promise<SupplierRequestRow>((resolve) => scene.core.pending.listen(resolve))
  void order(scene, { templateId: supplierWorld.templateId })
  return asked
}

const entries = async ({ hub }: Scene) =>
  (
    await hub.database.sql<{ line: string }[]>`
      select reason || ' ' || debit || '>' || credit || ' ' || amount_fen as line from ledger_entries order by at, no`
  ).map(({ line }) => line)

describeOnEachDatabase('What an order costs its channel', (database) => {
  it('is the face value where no price is set, and else the price of its template for all its coupons', async () => {
    const scene = await openScene(database())
    expect((await order(scene)).order.settlementPriceFen).toBe(3_000)
    await price(scene, 2_950)
    expect((await order(scene, { quantity: 3 })).order.settlementPriceFen).toBe(8_850)
    expect((await order(scene, { templateId: scarce })).order.settlementPriceFen).toBe(3_000)
    await price(scene, null)
    expect((await order(scene)).order.settlementPriceFen).toBe(3_000)
  })

  it('is fixed when the order is accepted: another price later changes nothing of it', async () => {
    const scene = await openScene(database())
    await price(scene, 2_950)
    await order(scene, { externalNo: 'FIXED' })
    await price(scene, 100)
    expect((await order(scene, { externalNo: 'FIXED' })).order.settlementPriceFen).toBe(2_950)
  })

  it('is set by an operator’s act, which the audit shows with the price of before', async () => {
    const scene = await openScene(database())
    await price(scene, 2_950)
    await price(scene, 2_900)
    await price(scene, 2_900)
    const rows = await database().sql`select before, after from audit where act = 'channel.price' order by at, id`
    expect(rows).toMatchObject([
      { before: { settlementPriceFen: 3_000 }, after: { settlementPriceFen: 2_950 } },
      { before: { settlementPriceFen: 2_950 }, after: { settlementPriceFen: 2_900 } },
    ])
  })
})

describeOnEachDatabase('A prepaid balance', (database) => {
  it('is nothing where a channel never paid in: no counter and no entry is made for its orders', async () => {
    const scene = await openScene(database())
    await order(scene)
    expect(await left(scene)).toBeUndefined()
    expect(Object.keys(await usedOf(database())).filter((key) => key.startsWith('balance:'))).toEqual([])
    expect(await countOf(database(), 'ledger_entries')).toBe(0)
  })

  it('pays for each order that is accepted, once, and refuses the first that it does not cover', async () => {
    const scene = await openScene(database())
    await pay(scene, 7_000)
    await order(scene, { externalNo: 'ONE' })
    await order(scene, { externalNo: 'ONE' })
    expect(await left(scene)).toBe(4_000)
    expect(await heard(order(scene, { quantity: 2 }))).toBe('balance_too_low')
    await order(scene)
    expect(await heard(order(scene))).toBe('balance_too_low')
    expect(await entries(scene)).toEqual([
      'paid_in cash>prepaid 7000',
      'ordered prepaid>sales 3000',
      'ordered prepaid>sales 3000',
    ])
    await pay(scene, 2_000)
    scene.clock.advance(1)
    await order(scene)
    expect(await left(scene)).toBe(0)
  })

  it('takes nothing for what costs nothing', async () => {
    const scene = await openScene(database())
    await pay(scene, 1)
    await price(scene, 0)
    await order(scene)
    expect(await left(scene)).toBe(1)
    expect(await entries(scene)).toHaveLength(1)
  })

  it('gets back what an order took when its supplier refuses it, once', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make' })
    await pay(scene, 3_000)
    const request = await orderFromSupplier(scene)
    expect(await left(scene)).toBe(0)
    await settleRequest(scene.core, request, { kind: 'refused', words: 'no' })
    await settleRequest(scene.core, request, { kind: 'refused', words: 'no' })
    expect(await left(scene)).toBe(3_000)
    expect((await entries(scene)).at(-1)).toBe('failed sales>prepaid 3000')
  })

  it('gets back what a coupon took when it is voided, once, at the price of its order', async () => {
    const scene = await openScene(database())
    await pay(scene, 9_000)
    const { coupons } = await order(scene, { quantity: 2 })
    await price(scene, 100)
    await scene.change('void', coupons[0]!.coupon)
    await scene.change('void', coupons[0]!.coupon)
    expect(await left(scene)).toBe(6_000)
    expect((await entries(scene)).filter((line) => line.startsWith('voided'))).toEqual(['voided sales>prepaid 3000'])
  })

  it('is paid back to the channel down to what is left, and not further', async () => {
    const scene = await openScene(database())
    expect(await heard(pay(scene, -1))).toBe('bad_request')
    await pay(scene, 5_000)
    await order(scene)
    expect(await heard(pay(scene, -2_001))).toBe('setup_conflict')
    await pay(scene, -2_000)
    expect(await left(scene)).toBe(0)
    expect((await entries(scene)).at(-1)).toBe('paid_out prepaid>cash 2000')
    expect(await countOf(database(), `audit where act = 'channel.top-up' and reason = 'a complaint'`)).toBe(2)
  })

  it('is what its ledger says after any payments, orders, refusals and voids, and verify finds nothing wrong', async () => {
    const scene = await openScene(database())
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make' })
    const open: SupplierRequestRow[] = []
    const issued: CouponName[] = []
    const acts: Record<string, (amount: number) => Promise<unknown>> = {
      pay: (amount) => heard(pay(scene, amount * 100)),
      payBack: (amount) => heard(pay(scene, -amount * 100)),
      price: (amount) => price(scene, amount % 2 === 0 ? null : amount * 10),
      order: async (amount) =>
        heard(
          order(scene, { quantity: (amount % 3) + 1 }).then(({ coupons }) =>
            issued.push(...coupons.map(({ coupon }) => coupon)),
          ),
        ),
      ask: async () => ((await left(scene)) ?? 0) >= 3_000 && open.push(await orderFromSupplier(scene)),
      refuse: async () => {
        const request = open.pop()
        return request && settleRequest(scene.core, request, { kind: 'refused', words: 'no' })
      },
      make: async () => {
        const request = open.pop()
        const code = foreignCode()
        const { keyring } = scene.hub
        const codes = [{ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }]
        return request && settleRequest(scene.core, request, { kind: 'accepted', codes })
      },
      void: async (amount) => issued[amount] && scene.change('void', issued[amount]),
    }
    const step = fc.tuple(fc.constantFrom(...Object.keys(acts)), fc.integer({ min: 1, max: 90 }))
    const law = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      for (const [name, amount] of steps) {
        scene.clock.advance(2)
        await acts[name]!(amount)
        const [row] = await database().sql`
          select coalesce(sum(case when credit = 'prepaid' then amount_fen else -amount_fen end), 0)::bigint as said
          from ledger_entries`
        expect(row).toEqual({ said: (await left(scene)) ?? 0 })
      }
    })
    await fc.assert(law, { numRuns: 8 })
    expect((await verifyHub(scene.core, { pauseMilliseconds: 1 })).differences).toEqual([])
  })
})

describeOnEachDatabase('An offer for a channel of the exchange system', (database) => {
  const asExchange = `
    insert into apps select 'exchange', 'B1', name, null, true, '{}', created_at from apps where face = 'lakala';
    insert into app_channels select 'exchange', 'B1', '${channelId}'`
  const months = (until: string) =>
    `update activities set starts_at = '2026-11-01T00:00:00+08:00', ends_at = '${until}'`

  it('lasts three months and takes a yuan off: what does not is refused when it is ordered', async () => {
    const scene = await openScene(database())
    const asks = { face: 'exchange', appId: 'B1' }
    await changeSetUp(database(), `${asExchange}; ${months('2027-02-01T00:00:00+08:00')}`)
    expect(await heard(order(scene, asks))).toBe('ok')
    await changeSetUp(database(), months('2027-02-01T00:00:01+08:00'))
    expect(await heard(order(scene, asks))).toBe('template_unsuitable')
    expect(await heard(order(scene))).toBe('ok')
    await changeSetUp(
      database(),
      `${months('2027-02-01T00:00:00+08:00')}; update templates set face_value_fen = 99 where id = '${normal}'`,
    )
    expect(await heard(order(scene, asks))).toBe('template_unsuitable')
    expect(await heard(order(scene))).toBe('ok')
  })

  it('is refused at set-up where it is for that channel alone, or has a price for it', async () => {
    const scene = await openScene(database())
    await changeSetUp(database(), `${asExchange}; update templates set face_value_fen = 99 where id = '${normal}'`)
    expect(await heard(price(scene, 50))).toBe('setup_conflict')
    expect(await heard(price(scene, 50, scarce))).toBe('ok')
    await expect(
      updateActivity(scene.core, operator, { id: world.activityId, settings: { channelId } }),
    ).rejects.toThrow('activity ACT1 lasts longer than 3 months')
  })
})
