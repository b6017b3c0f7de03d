import { afterEach, beforeEach, expect, it } from 'vitest'
import { lanes } from '../../src/core/numbers/numbers.ts'
import type { Asking } from '../../src/asking/queue.ts'
import { createSupplierAsking } from '../../src/asking/supplier-requests.ts'
import { createSupplierGate } from '../../src/asking/supplier-gate.ts'
import { lakalaPaths } from '../../src/faces/lakala/index.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { supplierWorld } from '../support/suppliers.ts'
import { createWallet, seedWallet, stockId, withWallet, type Wallet } from '../support/wallet.ts'
import { dataOf, issueFields, openPartners, type Partners } from './partners.ts'

const wires = [
  { kind: 'wechat-pay', name: 'WeChat Pay', prefix: '/wechatpay/notify', taken: { status: 204, text: '' } },
  {
    kind: 'lakala',
    name: 'A chained hub',
    prefix: '/lakala/notify',
    taken: { status: 200, text: '{"code":"SUCCESS","msg":"SUCCESS"}' },
  },
]
const proof = { signature: 'good' }

for (const wire of wires) describeNotices(wire)

function describeNotices({ kind, name, prefix, taken }: (typeof wires)[number]): void {
  const path = `${prefix}/${supplierWorld.supplierId}`

  describeOnOneDatabase(`${name}, which tells of a coupon that was used,`, (database) => {
    let partners: Partners
    let wallet: Wallet
    let desk: Asking

    beforeEach(async () => {
      wallet = createWallet(kind)
      partners = await openPartners(database(), {}, withWallet(wallet))
      await seedWallet(database(), {}, kind)
      await partners.core.setup.refresh()
      const send = async () => ({ kind: 'failed' as const, reason: 'none', message: 'nothing is sent' })
      desk = createSupplierAsking(partners.core, {
        gate: createSupplierGate(partners.core, send),
        lanes: async () => lanes,
      })
      desk.start()
    })
    afterEach(async () => {
      await desk.stop()
      await partners.close()
    })

    const tell = (body: object, headers: Record<string, string> = proof, to = path) =>
      partners.send(to, JSON.stringify(body), headers)
    const issue = async () => {
      const fields = issueFields({ promotion_id: supplierWorld.templateId })
      return { fields, data: dataOf(await partners.bank(lakalaPaths.issue, fields)) }
    }
    const query = async ({ owner_id, mer_order_id, activity_id }: Record<string, unknown>) =>
      dataOf(await partners.bank(lakalaPaths.query, { owner_id, mer_order_id, activity_id }))

    it('is answered as its document says, also when it says so again, and the bank’s query says USED', async () => {
      const { fields, data } = await issue()
      expect(data).toMatchObject({ trade_status: 'SUCCESS', batch_code: stockId })
      const code = data['third_coupon_id']!
      expect([...wallet.given.values()]).toEqual([code])
      wallet.use(code)
      for (const answer of [await tell({ code }), await tell({ code })]) {
        expect([answer.status, answer.text]).toEqual([taken.status, taken.text])
      }
      const redemptions = await database().sql`select state, told_by from redemptions`
      expect(redemptions).toEqual([{ state: 'succeeded', toldBy: supplierWorld.supplierId }])
      expect(await query(fields)).toMatchObject({
        tradeStatus: 'USED',
        gmt_used: '2026-11-22 13:00:00',
        promo_amount: '3000',
        total_amount: '',
        org_amount: '',
      })
    })

    it('is heard of a supplier that is switched off: its coupons are out there', async () => {
      const { data } = await issue()
      await partners.changeSetup((tx) => tx`update suppliers set is_enabled = false`)
      const code = data['third_coupon_id']!
      wallet.use(code)
      expect((await tell({ code })).status).toBe(taken.status)
    })

    it('is thanked for what is authentic and not for us', async () => {
      expect((await tell({})).status).toBe(taken.status)
    })

    it('is asked to tell again of a coupon that is not known yet', async () => {
      wallet.use('W-UNKNOWN')
      const answer = await tell({ code: 'W-UNKNOWN' })
      expect([answer.status, answer.body]).toEqual([503, { code: 'FAIL', message: '券尚未登记，请重发' }])
    })

    it('is not believed without proof, nor at an address that is nobody’s, and nothing is written', async () => {
      const { data } = await issue()
      const code = data['third_coupon_id']!
      wallet.use(code)
      const huge = JSON.stringify({ code, x: 'x'.repeat(256 * 1024) })
      const answers = [
        await tell({ code }, { signature: 'bad' }),
        await tell({ code }, proof, `${prefix}/99999999`),
        await tell({ code }, proof, `${prefix}/`),
        await tell({ code }, proof, prefix),
        await tell({ code }, { ...proof, 'content-type': 'text/plain' }),
        await partners.send(path, '', proof),
        await partners.send(path, huge, proof),
        await partners.send(path, '', proof, 'GET'),
      ]
      expect(answers.map(({ status }) => status)).toEqual([401, 404, 404, 404, 400, 400, 413, 405])
      const told = answers.filter(({ text }) => !text.includes('not_found'))
      for (const { body } of told) expect(body).toEqual({ code: 'FAIL', message: expect.any(String) })
      expect(await database().sql`select 1 from redemptions`).toEqual([])
    })

    it('is held back at an address from which too much came without proof', async () => {
      for (let i = 0; i < 600; i++) await tell({}, { signature: 'bad' })
      expect((await tell({}, { signature: 'bad' })).status).toBe(429)
      expect((await tell({})).status).toBe(taken.status)
    })
  })
}
