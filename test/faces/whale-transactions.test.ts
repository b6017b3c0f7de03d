import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, it, test } from 'vitest'
import * as fc from 'fast-check'
import { shareFunds } from '../../src/core/redeem/amounts.ts'
import type { SupplierRequestRow } from '../../src/db/supplier-requests.ts'
import { codeHash } from '../../src/core/keys/hashes.ts'
import { usedOf } from '../support/acts.ts'
import { describeOnOneDatabase } from '../support/database.ts'
import { addRule } from '../support/rule-rows.ts'
import { item } from '../support/rules.ts'
import { foreignCode, seedSupplier, settleRequest, supplierWorld } from '../support/suppliers.ts'
import { world } from '../support/world.ts'
import { openPartners, type Fields, type Partners } from './partners.ts'
import { codesIn, speakWhale, storeInfo } from './whale-channel.ts'
import { addWhaleApps, erpAppId } from './whale-partner.ts'

const smsUrl = 'http://127.0.0.1:9/sms'

describeOnOneDatabase('A channel of Whale’s wire', (database) => {
  let partners: Partners
  beforeEach(async () => {
    partners = await openPartners(database(), { smsUrl, smsKey: 'k' })
    await addWhaleApps(partners.core)
  })
  afterEach(() => partners.close())

  const { ask, order, make, verifying, verify } = speakWhale(() => partners)
  const countOf = async (table: string): Promise<number> =>
    (await database().sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`))[0]!.n

  it('orders codes and hears them with their images, validity and state; the same again is the same order', async () => {
    const asked = order({ remark: 'R' }, { codeNum: 3 })
    const answer = await ask('MakeCode', asked)
    expect(answer).toMatchObject({
      returnCode: '00',
      data: {
        saleChannelOrderId: asked['saleChannelOrderId'],
        codeNum: 3,
        isNotify: '0',
        items: [{ itemResultCode: '00', validEnd: '20260311000000', ticketId: world.firstTicketId }],
      },
    })
    const codes = codesIn(answer)
    expect(new Set(codes).size).toBe(3)
    expect(codesIn(await ask('MakeCode', asked))).toEqual(codes)
    expect((await ask('MakeCode', { ...asked, remark: 'other' }))['returnCode']).not.toBe('00')
    const queried = await ask('MakeQuery', { originalChannelOrderId: asked['saleChannelOrderId'] })
    expect(codesIn(queried)).toEqual(codes)
    expect(await countOf('orders')).toBe(1)
    const { items } = answer['data'] as { items: { codeDetail: { codeURL: string; status: string }[] }[] }
    const { codeURL, status } = items[0]!.codeDetail[0]!
    expect(status).toBe('00')
    const image = await partners.app.inject({ method: 'GET', url: codeURL.replace(/^https?:\/\/[^/]+/, '') })
    expect([image.statusCode, image.headers['content-type']]).toEqual([200, 'image/png'])
  })

  it('orders codes for later, which are not valid before midnight, or not until they are activated', async () => {
    const later = await make({}, { commissionDate: 1 })
    expect((await verify(later))['returnCode']).not.toBe('00')
    partners.clock.advance(14 * 3600)
    expect((await verify(later))['returnCode']).toBe('00')
    const inactive = await make({}, { commissionDate: '-1' })
    expect((await verify(inactive))['returnCode']).not.toBe('00')
    const changed = await ask('BatchCodeUpdate', { optTag: 'B5', codeArray: [inactive] })
    expect(changed).toMatchObject({ data: { successCodeNum: 1, codeArray: [{ status: '00' }] } })
    expect((await verify(inactive))['returnCode']).toBe('00')
  })

  it('hears of an order that its supplier has not answered, and makes anew under its number what failed', async () => {
    await seedSupplier(database(), { makeCodeURL: 'http://127.0.0.1:1/make' })
    await partners.core.setup.refresh()
    const asked = order({}, { ticketId: supplierWorld.ticketId })
    const handed = () => new Promise<SupplierRequestRow>((resolve) => partners.core.pending.listen(resolve))
    const requested = handed()
    const first = ask('MakeCode', asked)
    const request = await requested
    expect((await ask('MakeCode', asked))['returnCode']).toBe('32')
    await settleRequest(partners.core, request, { kind: 'refused', words: 'sold out' })
    expect((await first)['returnMsg']).toContain('sold out')
    const again = handed()
    const anew = ask('MakeCode', asked)
    const { keyring } = partners.core.hub
    const code = foreignCode()
    const codes = [{ code, hash: codeHash(keyring, code), cipher: keyring.encrypt(code) }]
    await settleRequest(partners.core, await again, { kind: 'accepted', codes })
    expect(codesIn(await anew)).toEqual([code])
    expect(await countOf('orders')).toBe(1)
  })

  it('redeems a code of its own, hears who bears it, and the same again under the same number', async () => {
    const makeFundsChannel = { channelBenefit: 0, merchantBenefit: 500, userRealAmount: 2_500 }
    const code = await make({}, { makeFundsChannel })
    const given = { requestId: 'SAME', cashierTransNo: 'C1', cardNo: '6225880012345678' }
    const answer = await verify(code, given)
    expect(answer).toMatchObject({
      returnCode: '00',
      traceNo: 'C1',
      rightsTimes: 0,
      printDetail: { cardNo64: '622588******5678' },
      data: {
        code,
        ticketId: world.firstTicketId,
        fundsChannel: {
          totalAmount: 10_000,
          discountAmount: 3_000,
          merchantRealAmount: 7_000,
          channelBenefit: 0,
          merchantBenefit: 500,
          userRealAmount: 2_500,
        },
      },
    })
    expect((await verify(code, given))['orderNo']).toBe(answer['orderNo'])
    expect((await verify(code, { ...given, cashTotalAmount: 1 }))['returnCode']).not.toBe('00')
    expect((await verify(code))['returnCode']).not.toBe('00')
    const queried = await ask('CodeVerifyQuery', { originalRequestId: 'SAME' })
    expect(queried).toMatchObject({ orderNo: answer['orderNo'], status: 'SUCCESS' })
    expect((await ask('CodeVerifyQuery', { originalRequestId: 'NONE' }))['returnCode']).not.toBe('00')
  })

  it('keeps nothing of a card by which its digits could be tried out', async () => {
    const code = await make()
    const cardNo = '6225880012345678'
    expect((await verify(code, { cardNo }))['returnCode']).toBe('00')
    const { mid, shopNo, tid } = storeInfo
    const content = [code, mid, shopNo, tid, 10_000, undefined, cardNo, undefined]
    const guessed = createHash('sha256').update(JSON.stringify(content)).digest().subarray(0, 16)
    const [row] = await database().sql<{ fingerprint: Buffer }[]>`select fingerprint from redemptions`
    expect(row!.fingerprint.equals(guessed)).toBe(false)
  })

  it('uses up no coupon for nothing, where order or cart are 0', async () => {
    const code = await make()
    const free = [{ sku: 'A', qty: 2, price: 0 }]
    for (const paid of [{ cashTotalAmount: 0 }, { cashTotalAmount: null, goodsDetail: free }]) {
      expect(await verify(code, paid)).toMatchObject({ returnCode: '53' })
    }
    await addRule(database(), 'BuyGet', { netValue: 0 })
    expect(await verify(code, { cashTotalAmount: 100, goodsDetail: free })).toMatchObject({ returnCode: '53' })
    expect((await verify(code, { cashTotalAmount: 100 }))['returnCode']).toBe('00')
    const goods = await make()
    await database().sql`update templates set settings = settings || '{"ticketType": 3}'`
    await partners.changeSetup(async () => undefined)
    expect((await verify(goods, { cashTotalAmount: null, goodsDetail: free }))['returnCode']).toBe('00')
  })

  it('takes no more off than the goods are worth, where the till does not say what is to be paid', async () => {
    const value = { limitWay: 'A', limitType: 'W', limitItems: [item('*', { limitMaxDay: 1_000_000 })] }
    await addRule(database(), 'PosTidLimit', value)
    const goodsDetail = [
      { sku: 'A', qty: 2, price: 400 },
      { sku: 'B', qty: 1, price: '200' },
    ]
    const answer = await verify(await make(), { cashTotalAmount: null, goodsDetail })
    expect(answer).toMatchObject({
      returnCode: '00',
      data: {
        cashTotalAmount: 1_000,
        fundsChannel: { totalAmount: 1_000, discountAmount: 1_000, merchantRealAmount: 0, channelBenefit: 1_000 },
      },
    })
    const limits = Object.entries(await usedOf(database())).filter(([key]) => key.startsWith('limit:'))
    expect(limits.map(([, used]) => used)).toEqual([1_000])
  })

  it('takes a redemption back once, with what a limit counted, or before it has come', async () => {
    const limitItems = [item('*', { limitMaxDay: 1 })]
    const value = { limitWay: 'Q', limitType: 'W', limitItems }
    await addRule(database(), 'PosTidLimit', value, { messageTpl: '每终端每日{max}次' })
    const [one, two] = [await make(), await make()]
    expect((await verify(one, { requestId: 'ONE' }))['returnCode']).toBe('00')
    expect(await verify(two)).toMatchObject({ returnMsg: '每终端每日1次', refusalNo: expect.any(String) })
    for (const _ of [1, 2]) {
      expect(await ask('CodeVerifyVoid', { originalRequestId: 'ONE' })).toMatchObject({ returnCode: '00', code: one })
    }
    const limits = Object.entries(await usedOf(database())).filter(([key]) => key.startsWith('limit:'))
    expect(limits.map(([, used]) => used)).toEqual([0])
    expect((await verify(two))['returnCode']).toBe('00')
    expect((await ask('CodeVerifyVoid', { originalRequestId: 'LATE' }))['returnCode']).toBe('00')
    expect((await verify(one, { requestId: 'LATE' }))['returnCode']).not.toBe('00')
  })

  it('changes its codes one by one, and finds no other channel’s', async () => {
    const [one, two, other] = [await make(), await make(), await partners.issue()]
    await database().sql`
      update coupons set channel_id = 'OTHER' where order_no in (select no from orders where face = 'lakala')`
    const codeArray = [one, { code: two }, other]
    const callBackUrl = 'http://127.0.0.1:9/changed'
    const answer = await ask('BatchCodeUpdate', { optTag: 'B1', codeArray, callBackUrl, requestId: 'B' })
    expect(answer).toMatchObject({
      returnCode: '00',
      data: { totalCodeNum: 3, successCodeNum: 2, codeArray: [{ status: '05' }, { status: '05' }, { status: null }] },
    })
    expect(await countOf(`notifications where kind = 'changed'`)).toBe(1)
    const [row] = await database().sql`select facts::text as text from notifications where kind = 'changed'`
    expect(row!['text']).not.toContain(one)
    expect((await verify(one))['returnCode']).not.toBe('00')
    const [untouched] = await database().sql`select state from coupons where channel_id = 'OTHER'`
    expect(untouched).toEqual({ state: 'issued' })
  })

  it('sees which tickets it may order', async () => {
    const { data } = await ask('ChannelTicketQuery', {})
    const { tickets } = data as { tickets: Fields[] }
    expect(tickets.map((ticket) => ticket['ticketId'])).toContain(world.firstTicketId)
    expect(tickets[0]).toMatchObject({ activityId: world.activityId, faceValue: '000000003000' })
  })

  it('has its holder sent a message, of which the back office can ask and have another sent', async () => {
    const saleChannelOrderId = 'MSG'
    await make({ saleChannelOrderId, remark: '备注', notifyType: { mobilePhone: '13524161800' } })
    const about = { saleChannelOrderId }
    const asked = await ask('makeNotifyQuery', about, erpAppId)
    expect(asked).toMatchObject({
      orderMobile: '13524161800',
      orderExtend: '备注',
      isNotify: '未通知',
      isCanVoid: '可撤销',
      status: '制码成功',
      returnCode: '00',
    })
    const [dump] = await database().sql`select string_agg(o::text, '') as text from orders o`
    expect(dump!['text']).not.toContain('13524161800')
    expect((await ask('makeNotifyRetry', about, erpAppId))['returnCode']).toBe('06')
    partners.clock.advance(61)
    const retried = await ask('makeNotifyRetry', about, erpAppId)
    expect(retried['notifyId']).not.toBe(asked['notifyId'])
    const states = await database().sql`select state from notifications where kind = 'message' order by created_at`
    expect(states.map(({ state }) => state)).toEqual(['withdrawn', 'due'])
    const verifying = await ask('makeNotifyQuery', { ...about, notifyKind: 'verify' }, erpAppId)
    expect(verifying).toMatchObject({ returnCode: '00', items: [] })
    expect((await ask('verifyNotifyQuery', { saleChannelOrderId: 'NONE' }, erpAppId))['returnCode']).not.toBe('00')
  })

  test.each<[string, string, (code: string) => Fields, string]>([
    ['a card number with letters', 'CodeVerify', (code) => verifying(code, { cardNo: '62258800abcd1234' }), 'cardNo'],
    ['201 cart lines', 'CodeVerify', (code) => verifying(code, { goodsDetail: lines(201) }), 'goodsDetail'],
    [
      'a cart that is to be checked and is not there',
      'CodeVerify',
      (code) => verifying(code, { isProductCheck: 'Y' }),
      'goodsDetail',
    ],
    ['an amount that is none', 'CodeVerify', (code) => verifying(code, { cashTotalAmount: '1e3' }), 'cashTotalAmount'],
    [
      'a shop that is not the merchant’s',
      'CodeVerify',
      (code) => verifying(code, { storeInfo: { ...storeInfo, shopNo: 'S999' } }),
      'storeInfo.shopNo',
    ],
    [
      'a merchant that nobody has',
      'CodeVerify',
      (code) => verifying(code, { storeInfo: { ...storeInfo, mid: 'M999' } }),
      'storeInfo.mid',
    ],
    [
      'a cart above 10^13 fen',
      'CodeVerify',
      (code) => verifying(code, { cashTotalAmount: '10000000000001' }),
      'cashTotalAmount',
    ],
    ...[
      [{ qty: 1, price: 10_000_000_000_001 }],
      [{ qty: 1_000_000, price: 10_000_000_000_000 }],
      [
        { qty: 1, price: 9_999_999_999_999 },
        { qty: 1, price: 2 },
      ],
    ].map((goodsDetail): [string, string, (code: string) => Fields, string] => [
      `goods that are worth more than that, ${JSON.stringify(goodsDetail)}`,
      'CodeVerify',
      (code) => verifying(code, { goodsDetail }),
      goodsDetail[0]!.price > 10 ** 13 ? 'goodsDetail[0].price' : 'goodsDetail',
    ]),
    ['101 codes', 'MakeCode', () => order({}, { codeNum: 101 }), 'item.codeNum'],
    ['a ticket that is none', 'MakeCode', () => order({}, { ticketId: 1 }), 'item.ticketId'],
    [
      'shares that do not add up',
      'MakeCode',
      () => order({}, { makeFundsChannel: { channelBenefit: 1, merchantBenefit: 1, userRealAmount: 1 } }),
      'item.makeFundsChannel',
    ],
    [
      'a mobile number with letters',
      'MakeCode',
      () => order({ notifyType: { mobilePhone: '1352416180x' } }),
      'notifyType.mobilePhone',
    ],
    ['an act that is none', 'BatchCodeUpdate', (code) => ({ optTag: 'B9', codeArray: [code] }), 'optTag'],
    [
      'a day that does not exist',
      'BatchCodeUpdate',
      (code) => ({ optTag: 'B4', codeArray: [code], codeValidEnd: '20260230' }),
      'codeValidEnd',
    ],
    [
      '21 codes to change',
      'BatchCodeUpdate',
      () => ({ optTag: 'B1', codeArray: Array.from({ length: 21 }, (_, i) => `C${i}`) }),
      'codeArray',
    ],
    [
      'an address of ours to call',
      'BatchCodeUpdate',
      (code) => ({ optTag: 'B1', codeArray: [code], callBackUrl: 'ftp://a' }),
      'callBackUrl',
    ],
    ['another app’s channel', 'MakeCode', () => order({ saleChannelId: '999' }), ''],
  ])('is refused %s, by the name of the field, and nothing is written', async (_, action, business, field) => {
    const code = await make()
    const before = [await countOf('orders'), await countOf('redemptions'), await countOf('notifications')]
    const answer = await ask(action, business(code))
    expect(answer['returnCode']).not.toBe('00')
    if (field !== '') expect(answer['field']).toBe(field)
    expect([await countOf('orders'), await countOf('redemptions'), await countOf('notifications')]).toEqual(before)
  })

  const lines = (count: number) => Array.from({ length: count }, (_, i) => ({ sku: `S${i}`, qty: 1, price: 1 }))
})

it('shares a discount out to the fen, whatever the proportions', () => {
  const fen = fc.integer({ min: 0, max: 10 ** 9 })
  const terms = fc
    .record({ channelBenefitFen: fen, merchantBenefitFen: fen, userRealAmountFen: fen })
    .filter((shares) => Object.values(shares).some((share) => share > 0))
  fc.assert(
    fc.property(fen, fc.option(terms, { nil: undefined }), fen, fen, (discountFen, given, ruledFen, merchantFen) => {
      const shares = Object.values(shareFunds(discountFen, { terms: given, ruledFen, merchantFen }))
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(discountFen)
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(0)
    }),
  )
})
