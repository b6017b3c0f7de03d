import { afterEach, beforeEach, expect, it } from 'vitest'
import { shoubeiPaths as paths } from '../../src/faces/shoubei/index.ts'
import { insertRows } from '../../src/db/client/rows.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { item } from '../support/rules.ts'
import { world } from '../support/world.ts'
import { isSignedByHub, openPartners, type Answer, type Fields, type Partners } from './partners.ts'
import { addPool, poolTemplate } from './pool.ts'

describeOnOneDatabase('a Shoubei till', (database) => {
  let partners: Partners
  beforeEach(async () => {
    partners = await openPartners(database())
  })
  afterEach(() => partners.close())

  const post = async (path: string, fields: Fields): Promise<Answer> => {
    const answer = await partners.till(path, fields)
    expect(answer.status).toBe(200)
    expect(isSignedByHub(answer)).toBe(true)
    return answer
  }
  const wf = (fields: Fields) => post(paths.wf, fields)
  const count = async (table: string): Promise<number> =>
    (await database().sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`))[0]!.n

  it('redeems a coupon and hears the names of the table, all of them and no others', async () => {
    const code = await partners.issue()
    const { body } = await wf({ coupon_code: code, wf_trace_no: 'T1', amount: '10000', real_amount: '7000' })
    expect(body).toEqual({
      return_code: 'SUCCESS',
      return_msg: '操作成功',
      result_code: 'SUCCESS',
      order_no: expect.stringMatching(/^\d{32}$/),
      wf_trace_no: 'T1',
      codes: code,
      amount: '3000',
      settle_amount: '3000',
      sign: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect((await database().sql`select amount_fen, real_amount_fen, trace_no, state from redemptions`)[0]).toEqual({
      amountFen: 10_000,
      realAmountFen: 7_000,
      traceNo: 'T1',
      state: 'succeeded',
    })
  })

  it('may send the names of the document’s example, and amounts as numbers', async () => {
    const code = await partners.issue()
    const { body } = await wf({ couponCode: code, writeOff_tyep: '0', amount: 1000, unknown: true, channel_type: '' })
    expect(body).toMatchObject({ result_code: 'SUCCESS', wf_trace_no: null, codes: code })
  })

  it('hears the first answer again under the same number, and a conflict where the content is another', async () => {
    const code = await partners.issue()
    const first = await wf({ coupon_code: code, wf_trace_no: 'T1', amount: '10000' })
    partners.clock.advance(30)
    const again = await wf({ couponCode: code, wf_trace_no: 'T1', amount: 10000, exc_discount_flag: '0', other: 'x' })
    expect(again.body).toEqual(first.body)
    for (const other of [
      { amount: '10001' },
      { real_amount: '1' },
      { exc_discount_flag: '1' },
      { channel_type: '10001' },
    ]) {
      const conflict = await wf({ coupon_code: code, wf_trace_no: 'T1', amount: '10000', ...other })
      expect(conflict.body).toMatchObject({ return_code: '0214', result_code: 'FAIL', order_no: null, codes: code })
    }
    expect(await count('redemptions')).toBe(1)
  })

  it('hears a rule’s own words, before it redeems and when it does, and what a rule gives', async () => {
    const messageTpl = '{ruleName}: {limitKey} 今日已用{used}/{max}'
    const limit = { limitWay: 'Q', limitType: 'W', limitItems: [item('310000', { limitMaxDay: 1 })] }
    await addRule(database(), 'CityLimit', limit, { messageTpl, ruleName: '城市限量' })
    await addRule(database(), 'BuyGet', { limitMinAmount: 100, amountOff: 20, superposition: 1 })
    await partners.changeSetup((tx) => tx`update shops set city_id = '310000'`)
    const [first, second] = [await partners.issue(), await partners.issue()]
    const { body } = await wf({ coupon_code: first, wf_trace_no: 'T1', amount: '25000' })
    expect(body).toMatchObject({ result_code: 'SUCCESS', amount: '4000', settle_amount: '4000' })
    const refused = { result_code: 'FAIL', return_msg: '城市限量: 310000 今日已用1/1' }
    expect((await post(paths.prepareuse, { coupon_code: second, amount: '25000' })).body).toMatchObject(refused)
    expect((await wf({ coupon_code: second, wf_trace_no: 'T2', amount: '25000' })).body).toMatchObject(refused)
    await post(paths.cancel, { wf_trace_no: 'T1' })
    partners.clock.advance(1)
    expect((await wf({ coupon_code: second, wf_trace_no: 'T2', amount: '25000' })).body['result_code']).toBe('SUCCESS')
  })

  it('without a number hears that the coupon is used, also of the very same message', async () => {
    const code = await partners.issue()
    const message = JSON.stringify(partners.signed({ coupon_code: code }))
    expect((await partners.send(paths.wf, message)).body['result_code']).toBe('SUCCESS')
    expect((await partners.send(paths.wf, message)).body['return_code']).toBe('0227')
    partners.clock.advance(1)
    expect((await wf({ coupon_code: code })).body['return_code']).toBe('0227')
  })

  it('uses a coupon as often as its template says, and no more', async () => {
    const code = await partners.issue()
    await database().sql`update coupons set use_times = 3, uses_left = 3`
    for (const remaining of ['3', '2', '1']) {
      expect((await post(paths.prepareuse, { coupon_code: code })).body['remain_times']).toBe(remaining)
      expect((await wf({ coupon_code: code, wf_trace_no: `T${remaining}` })).body['result_code']).toBe('SUCCESS')
    }
    expect((await wf({ coupon_code: code, wf_trace_no: 'T0' })).body['return_code']).toBe('0227')
    const cancelled = await post(paths.cancel, { wf_trace_no: 'T2' })
    expect(cancelled.body).toMatchObject({ result_code: 'SUCCESS', status: 'CANCELLED' })
    partners.clock.advance(1)
    expect((await wf({ coupon_code: code, wf_trace_no: 'T4' })).body['result_code']).toBe('SUCCESS')
    const latest = await post(paths.quary, { coupon_code: code })
    expect(latest.body).toMatchObject({ wf_trace_no: 'T4', status: 'SUCCESS' })
  })

  it('cancels by either number, hears the same again, and may redeem the coupon anew', async () => {
    const code = await partners.issue()
    const { body: redeemed } = await wf({ coupon_code: code, wf_trace_no: 'T1' })
    partners.clock.advance(60)
    const cancelled = await post(paths.cancel, { order_no: redeemed['order_no'], wf_trace_no: 'T1' })
    expect(cancelled.body).toEqual({
      ...redeemed,
      status: 'CANCELLED',
      cancel_time: '20260301100100',
      sign: expect.any(String),
    })
    partners.clock.advance(60)
    expect((await post(paths.cancel, { wf_trace_no: 'T1' })).body).toEqual(cancelled.body)
    expect((await post(paths.cancel, { order_no: redeemed['order_no'] })).body).toEqual(cancelled.body)
    expect((await wf({ coupon_code: code, wf_trace_no: 'T1' })).body['return_code']).toBe('0217')
    expect((await wf({ coupon_code: code, wf_trace_no: 'T2' })).body['result_code']).toBe('SUCCESS')
  })

  it('cancels nothing where the number and the code name different coupons', async () => {
    const [one, other] = [await partners.issue(), await partners.issue()]
    const { body: redeemed } = await post(paths.wf, { coupon_code: one, wf_trace_no: 'ONE' })
    const named = { order_no: redeemed['order_no'], coupon_code: other }
    expect((await post(paths.cancel, named)).body).toMatchObject({ result_code: 'FAIL', status: null })
    expect((await post(paths.quary, { order_no: redeemed['order_no'] })).body).toMatchObject({ status: 'SUCCESS' })
    const typed = { ...named, coupon_code: one.toLowerCase().replace(/^.{4}/, '$& - ') }
    expect((await post(paths.cancel, typed)).body).toMatchObject({ status: 'CANCELLED' })
  })

  it('may say what was paid alone, short fields as numbers, and amounts of sixteen digits', async () => {
    const code = await partners.issue()
    const amounts = { amount: 9_007_199_254_740_991, real_amount: '9007199254740990', exc_discount_flag: 0 }
    expect((await post(paths.wf, { coupon_code: code, wf_trace_no: 'BIG', ...amounts })).body).toMatchObject({
      result_code: 'SUCCESS',
      settle_amount: '3000',
    })
    const alone = { coupon_code: await partners.issue(), wf_trace_no: 'ALONE', real_amount: 7_000 }
    expect((await post(paths.wf, alone)).body).toMatchObject({ result_code: 'SUCCESS', settle_amount: '3000' })
  })

  it('may cancel what has not come yet: the late redemption is refused', async () => {
    const code = await partners.issue()
    const nothing = { order_no: null, codes: null, amount: null, settle_amount: null }
    const expected = {
      ...nothing,
      result_code: 'SUCCESS',
      wf_trace_no: 'T1',
      status: 'CANCELLED',
      cancel_time: '20260301100000',
    }
    expect((await post(paths.cancel, { wf_trace_no: 'T1' })).body).toMatchObject(expected)
    partners.clock.advance(5)
    expect((await post(paths.cancel, { wf_trace_no: 'T1' })).body).toMatchObject(expected)
    expect((await post(paths.query, { wf_trace_no: 'T1' })).body).toMatchObject(expected)
    expect((await wf({ coupon_code: code, wf_trace_no: 'T1' })).body).toMatchObject({
      return_code: '0215',
      return_msg: '核销流水号已撤销',
      result_code: 'FAIL',
    })
    expect((await wf({ coupon_code: code, wf_trace_no: 'T2' })).body['result_code']).toBe('SUCCESS')
  })

  it('cancels until the end of the day in Shanghai, or so many seconds, and not after', async () => {
    const first = (await wf({ coupon_code: await partners.issue(), wf_trace_no: 'T1' })).body
    partners.clock.advance(14 * 3600 - 1)
    const second = (await wf({ coupon_code: await partners.issue(), wf_trace_no: 'T2' })).body
    expect((await post(paths.cancel, { wf_trace_no: 'T1' })).body['status']).toBe('CANCELLED')
    partners.clock.advance(1)
    expect((await post(paths.cancel, { wf_trace_no: 'T2' })).body).toMatchObject({ return_code: '0236', status: null })
    // What was cancelled in time is still told so.
    expect((await post(paths.cancel, { order_no: first['order_no'] })).body['status']).toBe('CANCELLED')
    await partners.changeSetup((tx) => tx`update acceptors set settings = '{"cancelUntil": 60}'`)
    partners.clock.advance(58)
    expect((await post(paths.cancel, { order_no: second['order_no'] })).body['status']).toBe('CANCELLED')
  })

  it('sees nothing of another merchant’s redemptions, nor of a number that belongs to another one', async () => {
    await partners.changeSetup((tx) => addMerchant(tx, world.shoubei.instNo))
    const { body } = await wf({ coupon_code: await partners.issue(), wf_trace_no: 'T1' })
    const other = await wf({ coupon_code: await partners.issue(), wf_trace_no: 'T2' })
    const elsewhere = { merchant_no: 'M002', shop_no: 'S002' }
    for (const path of [paths.quary, paths.cancel]) {
      for (const asked of [{ order_no: body['order_no'] }, { wf_trace_no: 'T1' }]) {
        expect((await post(path, { ...asked, ...elsewhere })).body['return_code']).toBe('0235')
      }
      const mixed = { order_no: body['order_no'], wf_trace_no: 'T2' }
      expect((await post(path, mixed)).body['return_code']).toBe('0235')
      expect((await post(path, { order_no: '516375643352141195430506' })).body['return_code']).toBe('0235')
    }
    expect((await post(paths.quary, { coupon_code: body['codes'], ...elsewhere })).body['return_code']).toBe('0235')
    const wrongCode = { order_no: other.body['order_no'], coupon_code: body['codes'] }
    expect((await post(paths.quary, wrongCode)).body['return_code']).toBe('0235')
    expect(await count(`redemptions where state = 'reversed'`)).toBe(0)
  })

  it('asks by our number, its own, or the code, under either spelling of the path', async () => {
    const { body } = await wf({ coupon_code: await partners.issue(), wf_trace_no: 'T1' })
    const expected = { ...body, status: 'SUCCESS', cancel_time: null, sign: expect.any(String) }
    for (const path of [paths.quary, paths.query]) {
      for (const asked of [{ order_no: body['order_no'] }, { wf_trace_no: 'T1' }, { coupon_code: body['codes'] }]) {
        expect((await post(path, asked)).body).toEqual(expected)
      }
    }
    expect((await post(paths.query, { wf_trace_no: 'T9' })).body['return_code']).toBe('0235')
  })

  it('prepares: hears what the coupon is, or what wf would refuse with, and nothing changes', async () => {
    const code = await partners.issue()
    const prepared = await post(paths.prepareuse, { coupon_code: code, amount: '5000' })
    expect(prepared.body).toEqual({
      return_code: 'SUCCESS',
      return_msg: '操作成功',
      result_code: 'SUCCESS',
      codes: code,
      amount: '3000',
      settle_amount: '3000',
      coupon_name: 'Thirty yuan off (T-NORMAL)',
      valid_start: '20260301100000',
      valid_end: '20260331100000',
      remain_times: '1',
      sign: expect.any(String),
    })
    expect([await count('redemptions'), await count('request_numbers')]).toEqual([0, 0])
    await wf({ coupon_code: code })
    expect((await post(paths.prepareuse, { coupon_code: code })).body).toMatchObject({
      return_code: '0227',
      codes: code,
      coupon_name: null,
    })
  })

  it('hears 0205 券码已退款 of a voided coupon, and of an expired one that it is past, swept or not', async () => {
    const voided = await partners.issue()
    await database().sql`update coupons set state = 'voided', uses_returned = '[]'`
    expect((await wf({ coupon_code: voided })).body).toMatchObject({
      return_code: '0205',
      return_msg: '券码已退款',
      result_code: 'FAIL',
      order_no: null,
      codes: voided,
      amount: null,
      settle_amount: null,
    })
    const short = await partners.issue({ promotion_id: world.templates.short })
    partners.clock.advance(20)
    expect((await wf({ coupon_code: short })).body['return_code']).toBe('0231')
  })

  it('is refused in the style of the table where its institution has chosen so', async () => {
    await partners.changeSetup((tx) => tx`update acceptors set settings = '{"refusalStyle": "table"}'`)
    const { body } = await wf({ coupon_code: '1234567890123456' })
    expect(body).toMatchObject({ return_code: 'SUCCESS', result_code: 'FAIL', return_msg: '0226 券码不存在' })
    const bad = await wf({ coupon_code: '' })
    expect(bad.body).toMatchObject({ return_code: 'FAIL', return_msg: '参数不合法: coupon_code: is missing' })
    expect(bad.body).not.toHaveProperty('result_code')
  })

  it('redeems and cancels codes of a pool, and hears them in the clear', async () => {
    await partners.changeSetup((tx) => addPool(tx, partners.core.hub.keyring, ['POOL-CODE-1', 'POOL-CODE-2']))
    expect(await partners.issue({ promotion_id: poolTemplate })).toBe('POOL-CODE-1')
    const { body } = await wf({ coupon_code: 'POOL-CODE-1', wf_trace_no: 'T1' })
    expect(body).toMatchObject({ result_code: 'SUCCESS', codes: 'POOL-CODE-1' })
    expect((await post(paths.query, { order_no: body['order_no'] })).body['codes']).toBe('POOL-CODE-1')
    expect((await post(paths.cancel, { wf_trace_no: 'T1' })).body).toMatchObject({
      codes: 'POOL-CODE-1',
      status: 'CANCELLED',
    })
    // Not handed out yet, so it names no coupon.
    expect((await wf({ coupon_code: 'POOL-CODE-2' })).body['return_code']).toBe('0226')
  })

  it('is refused every channel_type that there is no route for, whatever the code', async () => {
    const code = await partners.issue()
    for (const path of [paths.wf, paths.prepareuse]) {
      const { body } = await post(path, { coupon_code: code, channel_type: '10001' })
      expect(body).toMatchObject({ return_code: '0223', return_msg: '通道类型不支持(channel_type)' })
    }
    expect(await count('redemptions')).toBe(0)
  })

  it('is told an order amount below the threshold, and a template that is not for this place', async () => {
    const code = await partners.issue()
    await partners.changeSetup((tx) => tx`update templates set min_order_fen = 5000, merchant_benefit_fen = 1000`)
    expect((await wf({ coupon_code: code })).body['return_code']).toBe('0237')
    expect((await wf({ coupon_code: code, amount: '4999' })).body['return_code']).toBe('0237')
    await partners.changeSetup((tx) => tx`update templates set redeemable_at = '{"kind": "nowhere"}'`)
    expect((await wf({ coupon_code: code, amount: '5000' })).body['return_code']).toBe('0233')
    await partners.changeSetup((tx) => tx`update templates set redeemable_at = '{"kind": "everywhere"}'`)
    const { body } = await wf({ coupon_code: code, amount: '5000' })
    expect(body).toMatchObject({ amount: '3000', settle_amount: '2000' })
  })

  it('that tries too many unknown codes is stopped for ten minutes; another shop is not', async () => {
    await partners.changeSetup((tx) => addMerchant(tx, world.shoubei.instNo))
    const code = await partners.issue()
    for (let i = 0; i < 20; i += 1) {
      const path = i % 2 === 0 ? paths.wf : paths.prepareuse
      expect((await post(path, { coupon_code: `90000000${i}` })).body['return_code']).toBe('0226')
    }
    expect((await wf({ coupon_code: code })).body).toMatchObject({ return_code: '0225', result_code: 'FAIL' })
    expect((await post(paths.prepareuse, { coupon_code: code })).body['return_code']).toBe('0225')
    const elsewhere = { merchant_no: 'M002', shop_no: 'S002' }
    expect((await post(paths.prepareuse, { coupon_code: code, ...elsewhere })).body['result_code']).toBe('SUCCESS')
    partners.clock.advance(600)
    expect((await wf({ coupon_code: code })).body['result_code']).toBe('SUCCESS')
  })

  it('signs with an old and a new key while both hold, and is answered with the same one', async () => {
    const next = 'fedcba9876543210fedcba9876543210'
    await partners.changeSetup(async (tx) => {
      const { instNo: appId } = world.shoubei
      const validFrom = partners.clock.now()
      const validUntil = new Date(validFrom.getTime() + 3_600_000)
      const secret = partners.core.hub.keyring.encrypt(next)
      const row = { face: 'shoubei', appId, direction: 'inbound', no: 2, serialNo: null, publicKey: null, secret }
      await tx`update app_keys set valid_until = ${validUntil} where face = 'shoubei' and direction = 'inbound'`
      await insertRows(tx, 'app_keys', [{ ...row, validFrom, validUntil: null }])
    })
    const asked = { coupon_code: await partners.issue() }
    for (const key of [world.shoubei.key, next]) {
      expect(isSignedByHub(await partners.till(paths.prepareuse, asked, key), key)).toBe(true)
    }
    partners.clock.advance(3600)
    expect((await partners.till(paths.prepareuse, asked)).body).toMatchObject({
      return_code: 'FAIL',
      return_msg: '验签失败(sign)',
    })
    expect((await partners.till(paths.prepareuse, asked, next)).body['result_code']).toBe('SUCCESS')
  })

  it('is shown the string to sign in the sandbox, without the key', async () => {
    const answer = await partners.till(paths.wf, { coupon_code: '1', amount: 1, note: null }, 'another key')
    expect(isSignedByHub(answer)).toBe(true)
    expect(answer.body['string_to_sign']).toBe(
      'amount=1&coupon_code=1&inst_no=990581&merchant_no=M001&shop_no=S001&ts=20260301100000&key=***',
    )
  })

  it('hears at most 128 characters, without those that join a string to sign: no answer is another request’s sign', async () => {
    const name = `x&shop_no=S001&ts=20260301100000${'x'.repeat(200)}`
    const { instNo } = world.shoubei
    const { body } = await partners.send(paths.wf, JSON.stringify({ inst_no: instNo, coupon_code: 'a&b', [name]: {} }))
    expect(body['return_msg']).toMatch(/^参数不合法: x shop_no S001 ts 20260301100000x+$/)
    expect(body['return_msg']).toHaveLength(128)
    expect(body).toMatchObject({ codes: null, sign: expect.any(String) })
  })

  it('is not told the expected string in production, and no answer of a stranger is signed', async () => {
    const production = await openPartners(database(), { isSandbox: false })
    const wrong = await production.till(paths.wf, { coupon_code: '1' }, 'another key')
    expect(wrong.body).not.toHaveProperty('string_to_sign')
    expect(wrong.text).not.toContain('another key')
    const unknown = await production.till(paths.wf, { coupon_code: '1', inst_no: '900024' })
    expect(unknown.body).toEqual({
      return_code: 'FAIL',
      return_msg: '机构不存在(inst_no)',
      order_no: null,
      wf_trace_no: null,
      codes: null,
      amount: null,
      settle_amount: null,
    })
    await production.close()
  })
})

async function addMerchant(tx: Parameters<typeof insertRows>[0], acceptorId: string): Promise<void> {
  const named = { isEnabled: true, createdAt: new Date(0) }
  await insertRows(tx, 'merchants', [{ ...named, acceptorId, no: 'M002', name: 'Another', brand: null }])
  await insertRows(tx, 'shops', [
    { ...named, acceptorId, no: 'S002', merchantNo: 'M002', name: 'Its shop', cityId: null },
  ])
}
