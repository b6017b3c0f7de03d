import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { amountsOf, fundsOf } from '../../src/core/redeem/amounts.ts'
import { verifyHub } from '../../src/core/verify/verify.ts'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { writeOffAmounts } from '../../src/faces/lakala/callbacks.ts'
import { shoubeiPaths } from '../../src/faces/shoubei/index.ts'
import { dataOf, issueFields, openPartners } from '../faces/partners.ts'
import { changeSetUp, openScene } from '../support/acts.ts'
import { describeOnEachDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'

const fen = fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 1_000_000 }))
const some = { min: 1, max: 500_000 }
const shares = fc.tuple(fc.integer(some), fc.nat(some.max), fc.nat(some.max)).map(([channel, merchant, user]) => ({
  channelBenefitFen: channel,
  merchantBenefitFen: merchant,
  userRealAmountFen: user,
}))
const given = fc.record({
  coupon: fc.record({ faceValueFen: fc.integer(some) }),
  template: fc.record({ merchantBenefitFen: fc.nat(some.max) }),
  amountFen: fc.option(fen, { nil: undefined }),
  realAmountFen: fc.option(fen),
  rule: fc.option(fc.record({ faceFen: fen, isMerchant: fc.boolean() })),
  funds: fc.option(shares, { nil: undefined }),
})

test('what a coupon takes off is one amount for till, channel and those who bear it, whatever is paid and ruled', () => {
  const property = fc.property(given, ({ coupon, template, amountFen, realAmountFen, rule, funds }) => {
    const merchantFen = rule?.isMerchant === true ? rule.faceFen : 0
    const sums = { netFen: 0, reduceFen: 0, cashierCodes: [], rules: [] }
    const discount = rule && { ...sums, faceFen: rule.faceFen, merchantFen }
    const amounts = amountsOf(coupon, { template, payment: { amountFen }, discount, funds })
    const worthFen = rule?.faceFen ?? coupon.faceValueFen
    const { discountFen, settleAmountFen } = amounts
    expect(discountFen).toBe(amountFen === undefined || amountFen > worthFen ? worthFen : amountFen)
    const detail = { ...(funds && { funds }), ...(discount && { discount: { ...discount, lineFen: [] } }) }
    const { channelBenefit, merchantBenefit, userRealAmount } = fundsOf({ ...amounts, detail })
    expect(channelBenefit + merchantBenefit + userRealAmount).toBe(discountFen)
    expect(Math.min(channelBenefit, merchantBenefit, userRealAmount)).toBeGreaterThanOrEqual(0)
    expect(settleAmountFen).toBe(discountFen - merchantBenefit)
    const told = writeOffAmounts({ ...amounts, realAmountFen })
    expect(told.promo_amount).toBe(String(discountFen))
    const left = amountFen === undefined ? '' : String(amountFen - discountFen)
    expect(told.total_amount).toBe(realAmountFen === null ? left : String(realAmountFen))
  })
  fc.assert(property, { numRuns: 1_000 })
})

describe('One amount', () => {
  describeOnEachDatabase('at the till and at the bank', (database) => {
    // A coupon of 30.00; what the till says of the order, and what is told.
    const cases: [paid: Record<string, string>, settle: string, promo: string, total: string][] = [
      [{ amount: '10000', real_amount: '0' }, '3000', '3000', '0'],
      [{ amount: '10000', real_amount: '10000' }, '3000', '3000', '10000'],
      [{ amount: '10000' }, '3000', '3000', '7000'],
      [{ amount: '1000' }, '1000', '1000', '0'],
      [{ amount: '1' }, '1', '1', '0'],
      [{}, '3000', '3000', ''],
    ]
    it.each(cases)('is the same of an order of %j', async (paid, settle, promo, total) => {
      const partners = await openPartners(database())
      const asked = issueFields()
      const { third_coupon_id: coupon_code } = dataOf(await partners.bank(lakalaPaths.issue, asked))
      const wanted = { amount: '3000', settle_amount: settle }
      expect((await partners.till(shoubeiPaths.prepareuse, { coupon_code, ...paid })).body).toMatchObject(wanted)
      expect((await partners.till(shoubeiPaths.wf, { coupon_code, ...paid })).body).toMatchObject(wanted)
      const { owner_id, mer_order_id, activity_id } = asked
      const told = { promo_amount: promo, total_amount: total, org_amount: paid['amount'] ?? '' }
      const query = await partners.bank(lakalaPaths.query, { owner_id, mer_order_id, activity_id })
      expect(dataOf(query)).toMatchObject(told)
      const [used] = await database().sql`select facts from notifications where kind = 'used'`
      expect(writeOffAmounts(used!['facts'] as object)).toEqual(told)
      const [day] = await database().sql`select redeemed_fen from daily_totals where redeemed > 0`
      expect(String(day!['redeemedFen'])).toBe(promo)
      await partners.close()
    })

    it('is none where the order is 0: the coupon is refused, and stays unused', async () => {
      const partners = await openPartners(database())
      const coupon_code = await partners.issue()
      for (const path of [shoubeiPaths.prepareuse, shoubeiPaths.wf]) {
        const { body } = await partners.till(path, { coupon_code, wf_trace_no: 'T0', amount: '0' })
        expect(body).toMatchObject({ return_code: '0237', result_code: 'FAIL' })
      }
      const { body } = await partners.till(shoubeiPaths.wf, { coupon_code, wf_trace_no: 'T1', amount: '1' })
      expect(body).toMatchObject({ result_code: 'SUCCESS', settle_amount: '1' })
      await partners.close()
    })

    it('adds up in the proof, whatever tills pay, rules give and merchants bear', async () => {
      const scene = await openScene(database())
      await addRule(database(), 'BuyGet', { limitMinAmount: 50, discountOff: 0.7, isMerchant: 'Y', ruleOrder: 1 })
      await database().sql`update rules set written = written || '{"isContinue": "Y"}'`
      await changeSetUp(database(), 'update templates set merchant_benefit_fen = 700')
      const paid = [undefined, 1, 699, 700, 3_000, 4_999, 5_000, 12_345]
      for (const [i, amountFen] of paid.entries()) {
        const { code } = await scene.issue()
        const said = { amountFen, realAmountFen: undefined, traceNo: `T${i}` }
        expect(await scene.redeem(code, said)).toBe('ok')
      }
      const rows = await database().sql<{ amountFen: number | null; discountFen: number; settleAmountFen: number }[]>`
        select amount_fen, discount_fen, settle_amount_fen from redemptions order by amount_fen nulls first`
      expect(rows.map(({ discountFen, settleAmountFen }) => [discountFen, settleAmountFen])).toEqual([
        [3_000, 2_300],
        [1, 0],
        [699, 0],
        [700, 0],
        [3_000, 2_300],
        [3_000, 2_300],
        [1_500, 0],
        [3_703, 0],
      ])
      const { differences } = await verifyHub(scene.core, { pauseMilliseconds: 0, isFull: true })
      expect(differences).toEqual([])
    })
  })
})
