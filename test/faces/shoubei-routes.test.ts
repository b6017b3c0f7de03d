import { afterEach, beforeEach, expect, it } from 'vitest'
import { shoubeiPaths as paths } from '../../src/faces/shoubei/index.ts'
import type { Asking } from '../../src/asking/queue.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { createOtherSide, otherDesk, otherWorld, seedRoutes, type OtherSide } from '../support/other-side.ts'
import { isSignedByHub, openPartners, type Answer, type Fields, type Partners } from './partners.ts'

const { channelType: channel_type } = otherWorld

describeOnOneDatabase('a Shoubei till with codes of other suppliers', (database) => {
  let partners: Partners
  let other: OtherSide
  let desk: Asking
  beforeEach(async () => {
    other = createOtherSide()
    partners = await openPartners(database(), {}, new Map([['other', other.supplier]]))
    await seedRoutes(database(), 'digits 12')
    await partners.core.setup.refresh()
    desk = otherDesk(partners.core)
    desk.start()
  })
  afterEach(async () => {
    await desk.stop()
    await partners.close()
  })

  const post = async (path: string, fields: Fields): Promise<Answer> => {
    const answer = await partners.till(path, fields)
    expect(answer.status).toBe(200)
    expect(isSignedByHub(answer)).toBe(true)
    return answer
  }
  const wf = async (fields: Fields) => (await post(paths.wf, fields)).body

  it('redeems them as its own, and hears the names of the table, all of them and no others', async () => {
    const code = other.give('679533922928')
    const body = await wf({ coupon_code: code, channel_type, wf_trace_no: 'T1', amount: '10000', real_amount: '7000' })
    expect(body).toEqual({
      return_code: 'SUCCESS',
      return_msg: '操作成功',
      result_code: 'SUCCESS',
      order_no: expect.stringMatching(/^\d{32}$/),
      wf_trace_no: 'T1',
      codes: code,
      amount: '3000',
      settle_amount: '2900',
      sign: expect.any(String),
    })
    partners.clock.advance(30)
    expect(
      await wf({ coupon_code: code, channel_type, wf_trace_no: 'T1', amount: '10000', real_amount: '7000' }),
    ).toEqual(body)
    expect(await wf({ coupon_code: code, wf_trace_no: 'T1', amount: '10000', real_amount: '7000' })).toMatchObject({
      return_code: '0214',
    })
    const record = { ...body, status: 'SUCCESS', cancel_time: null, sign: expect.any(String) }
    for (const asked of [{ order_no: body['order_no'] }, { wf_trace_no: 'T1' }, { coupon_code: code }]) {
      expect((await post(paths.quary, asked)).body).toEqual(record)
    }
    const cancelled = (await post(paths.cancel, { order_no: body['order_no'], wf_trace_no: 'T1' })).body
    expect(cancelled).toEqual({ ...record, status: 'CANCELLED', cancel_time: '20260301100030' })
    partners.clock.advance(30)
    expect((await post(paths.cancel, { wf_trace_no: 'T1' })).body).toEqual(cancelled)
    expect((await post(paths.quary, { coupon_code: code })).body).toEqual(cancelled)
    expect(other.usesOf(code)).toBe(0)
  })

  it('needs no channel_type where the code looks like a supplier’s, and its own codes come first', async () => {
    const code = other.give('679533922928')
    expect(await wf({ coupon_code: code })).toMatchObject({ result_code: 'SUCCESS', amount: '3000' })
    expect(await wf({ coupon_code: code })).toMatchObject({ return_code: '0227' })
    const own = await partners.issue()
    expect(await wf({ coupon_code: own, channel_type })).toMatchObject({
      return_code: '0223',
      return_msg: '通道类型不支持(channel_type)',
    })
    expect(await wf({ coupon_code: own, channel_type: otherWorld.ownChannelType })).toMatchObject({
      result_code: 'SUCCESS',
    })
  })

  it('hears 系统繁忙，请查询 while the supplier is silent, and the end of it by quary', async () => {
    const code = other.give('679533922928')
    other.next('redeem', 'lost')
    expect(await wf({ coupon_code: code, channel_type, wf_trace_no: 'T1' })).toMatchObject({
      return_code: 'FAIL',
      return_msg: '系统繁忙，请查询',
      codes: code,
      wf_trace_no: 'T1',
    })
    expect((await post(paths.quary, { wf_trace_no: 'T1' })).body).toMatchObject({
      result_code: 'SUCCESS',
      status: 'PENDING',
      codes: code,
    })
    partners.clock.advance(2)
    await expect
      .poll(async () => (await post(paths.quary, { wf_trace_no: 'T1' })).body, { timeout: 5_000 })
      .toMatchObject({ status: 'SUCCESS', order_no: expect.stringMatching(/^\d{32}$/), amount: '3000' })
    expect(other.everUsed(code)).toBe(1)
  })

  it('hears why a supplier refuses in its own words for it, and the supplier’s where there are none', async () => {
    const reasons = {
      coupon_not_found: '0226',
      coupon_redeemed: '0227',
      coupon_expired: '0231',
      coupon_not_redeemable_here: '0233',
      limit_exceeded: '0239',
    } as const
    for (const [reason, code] of Object.entries(reasons)) {
      other.next('prepare', { refused: '不行', reason: reason as keyof typeof reasons })
      const body = await wf({ coupon_code: other.give('679533922928'), channel_type, wf_trace_no: reason })
      expect(body).toMatchObject({ return_code: code, result_code: 'FAIL' })
      expect((await post(paths.quary, { wf_trace_no: reason })).body).toMatchObject({
        status: 'FAIL',
        cancel_time: null,
      })
    }
    other.next('prepare', { refused: '商户未签约' })
    expect(await wf({ coupon_code: '679533922928', channel_type })).toMatchObject({
      return_code: '0241',
      return_msg: '商户未签约',
      result_code: 'FAIL',
    })
  })

  it('may not use codes of 苏打优选 and 可伴 beside another discount', async () => {
    const code = other.give('679533922928')
    expect(await wf({ coupon_code: code, channel_type: '10005', exc_discount_flag: '1' })).toMatchObject({
      return_code: '0238',
      return_msg: '不符合活动规则(exc_discount_flag)',
    })
    expect(other.asked).toEqual([])
    expect(await wf({ coupon_code: code, channel_type: '10005', exc_discount_flag: '0' })).toMatchObject({
      result_code: 'SUCCESS',
    })
  })

  it('prepares: hears what the supplier says of its code, and nothing changes', async () => {
    const validFrom = new Date('2026-03-01T00:00:00+08:00')
    const code = other.give('679533922928', { name: '三十元券', faceValueFen: 3_000, validFrom })
    expect((await post(paths.prepareuse, { coupon_code: code, channel_type })).body).toEqual({
      return_code: 'SUCCESS',
      return_msg: '操作成功',
      result_code: 'SUCCESS',
      codes: code,
      amount: '3000',
      settle_amount: null,
      coupon_name: '三十元券',
      valid_start: '20260301000000',
      valid_end: null,
      remain_times: '1',
      sign: expect.any(String),
    })
    expect((await post(paths.prepareuse, { coupon_code: '100000000000', channel_type })).body).toMatchObject({
      return_code: '0226',
      codes: '100000000000',
    })
    other.next('prepare', 'silent')
    expect((await post(paths.prepareuse, { coupon_code: code, channel_type })).body).toMatchObject({
      return_code: 'FAIL',
      return_msg: '系统繁忙，请查询',
    })
    expect((await database().sql`select 1 from foreign_redemptions`).length).toBe(0)
  })

  it('may send what it scanned, to 512 characters, where a route takes that', async () => {
    const scanned = other.give(`https://v.example.com/${'x'.repeat(490)}`)
    expect(scanned.length).toBe(512)
    expect(await wf({ coupon_code: scanned, channel_type, wf_trace_no: 'T1' })).toMatchObject({ codes: scanned })
    expect(await wf({ coupon_code: `${scanned}x`, channel_type })).toMatchObject({
      return_msg: expect.stringContaining('coupon_code: must have at most 512 characters'),
    })
    await partners.changeSetup((tx) => tx`update routes set is_enabled = false`)
    expect((await post(paths.quary, { coupon_code: scanned })).body).toMatchObject({ status: 'SUCCESS' })
    await partners.changeSetup((tx) => tx`update routes set takes_scanned = false`)
    expect(await wf({ coupon_code: 'x'.repeat(33), channel_type })).toMatchObject({
      return_code: 'FAIL',
      return_msg: expect.stringContaining('coupon_code: must have at most 32 characters'),
    })
  })
})
