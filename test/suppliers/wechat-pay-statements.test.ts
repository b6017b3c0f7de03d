import { createHash, sign } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import type { WechatPay } from '../../simulators/wechat-pay.ts'
import { wechatPayRoutes } from '../../simulators/wechat-pay-routes.ts'
import { createAddressGuard } from '../../src/http-out/address-guard.ts'
import { createSender } from '../../src/http-out/send.ts'
import type { StatementAnswer, StatementRow, SupplierSend } from '../../src/suppliers/supplier.ts'
import { queryStock, wechatPay } from '../../src/suppliers/wechat-pay/index.ts'
import { testKeys } from '../support/keys.ts'
import { askedAt } from './conformance.ts'
import { startPay, wechatPayKeyId, wechatPayWritten } from './wechat-pay-stage.ts'

const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true })
const { send, close } = createSender({ guard, maxAnswerBytes: 1024 * 1024 })
const narrow = createSender({ guard, maxAnswerBytes: 2048 })
afterAll(() => Promise.all([close(), narrow.close()]))

let pay: WechatPay
let settings = wechatPay.settings.parse(wechatPayWritten)
beforeEach(async () => {
  pay = await startPay()
  settings = wechatPay.settings.parse({ ...wechatPayWritten, baseURL: pay.url })
})
afterEach(() => pay.close())

const { uses, refunds } = wechatPay.statements
const give = (stockId: string, outRequestNo: string): string =>
  pay.give({ stockId, openid: 'o1', appid: wechatPayWritten.appId, outRequestNo })

describe('the statements of a stock', () => {
  it('have each use and each refund, of all its time or of one day', async () => {
    const stock = pay.addStock()
    const [one, two] = [give(stock, '1'), give(stock, '2')]
    pay.use({ coupon_id: one, mchid: 'M1', amount: 12345 })
    pay.use({ coupon_id: two, mchid: 'M2', amount: 3001 })
    pay.refund(two)
    const reference = expect.stringMatching(/^4200000\d+$/) as string
    const first = { code: one, at: askedAt, reference, merchantNo: 'M1', amountFen: 12345, realAmountFen: 9345 }
    const second = { code: two, at: askedAt, reference, merchantNo: 'M2', amountFen: 3001, realAmountFen: 1 }
    const told = (...rows: StatementRow[]): StatementAnswer => ({ kind: 'told', rows })
    const ask = (day?: string) => ({ thirdProductId: stock, ...(day === undefined ? {} : { day }) })
    expect(await uses(settings, ask(), send, askedAt)).toEqual(told(first, second))
    expect(await refunds(settings, ask(), send, askedAt)).toEqual(told(second))
    expect(await uses(settings, ask('2018-11-20'), send, askedAt)).toEqual(told(first, second))
    expect(await uses(settings, ask('2018-11-19'), send, askedAt)).toEqual(told())
    expect(pay.inbox.every(({ isSignatureValid }) => isSignatureValid)).toBe(true)
  })

  it('are refused for a stock that is not there, and for a day that is none', async () => {
    expect(await uses(settings, { thirdProductId: '1' }, send, askedAt)).toMatchObject({ code: 'RESOURCE_NOT_EXISTS' })
    const unknownOfDay = { thirdProductId: '1', day: '2018-11-19' }
    expect(await uses(settings, unknownOfDay, send, askedAt)).toMatchObject({ code: 'RESOURCE_NOT_EXISTS' })
    expect(await uses(settings, { thirdProductId: '1', day: 'yesterday' }, send, askedAt)).toMatchObject({
      kind: 'refused',
    })
  })

  it('are not taken in part: a file that is longer than was read is none', async () => {
    const stock = pay.addStock()
    for (let i = 0; i < 20; i += 1) pay.use({ coupon_id: give(stock, String(i)), mchid: 'M1' })
    expect(await uses(settings, { thirdProductId: stock }, narrow.send, askedAt)).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('by day') as string,
    })
  })

  test.each(['500', 'garbage', '429'])('are unknown after %s', async (mode) => {
    const stock = pay.addStock()
    pay.setMode({ path: wechatPayRoutes.changeStock, mode, times: 1 })
    expect(await uses(settings, { thirdProductId: stock }, send, askedAt)).toMatchObject({ kind: 'unknown' })
  })
})

const head = '批次ID,优惠ID,优惠类型,优惠金额（元）,订单总金额（元）,交易类型,支付单号,消耗时间,消耗商户号'
const line = '`9856000,`98674556,`满减券,`30.00,`123.45,`支付,`4200000001,`2018-11-20 15:51:12,`M1'
const row = {
  code: '98674556',
  at: askedAt,
  reference: '4200000001',
  merchantNo: 'M1',
  amountFen: 12345,
  realAmountFen: 9345,
}

/** Answers where a file is, and then with the file. */
function serving(file: string, said: object = {}): SupplierSend {
  const seconds = String(askedAt.getTime() / 1000)
  const hash_value = createHash('sha1').update(file).digest('hex')
  const body = JSON.stringify({
    url: `${pay.url}/v3/billdownload/file?token=1`,
    hash_type: 'SHA1',
    hash_value,
    ...said,
  })
  const signature = sign('sha256', Buffer.from(`${seconds}\nn\n${body}\n`), testKeys().platform.privateKeyPem)
  const headers = {
    'wechatpay-timestamp': seconds,
    'wechatpay-nonce': 'n',
    'wechatpay-serial': wechatPayKeyId,
    'wechatpay-signature': signature.toString('base64'),
  }
  return async ({ url }) => {
    const isFile = url.includes('billdownload')
    // As what is sent for us does it.
    const text = isFile ? file.replace(/^\uFEFF/, '') : body
    return { kind: 'answered', status: 200, headers: isFile ? {} : headers, body: text, isCut: false }
  }
}

const readFile = (file: string, said?: object) =>
  uses(settings, { thirdProductId: '9856000' }, serving(file, said), askedAt)

describe('the file of a statement', () => {
  test.each([
    ['as WeChat Pay writes it', `${head}\r\n${line}\r\n`],
    ['with a byte order mark', `\uFEFF${head}\n${line}\n`],
    [
      'with lines before the head and totals behind',
      `活动名称,立减金\n\n${head}\n${line}\n总条数,优惠总金额\n\`1,\`30.00\n`,
    ],
    ['with columns that are not known', `${head},单品信息\n${line},\`[{"id":"a"}]\n`],
    ['with times as in RFC 3339', `${head}\n${line.replace('2018-11-20 15:51:12', '2018-11-20T15:51:12+08:00')}\n`],
  ])('is read %s', async (_, file) => {
    expect(await readFile(file)).toEqual({ kind: 'told', rows: [row] })
  })

  it('is read with columns in another order, and fewer of them', async () => {
    expect(await readFile('消耗时间,优惠ID\n2018-11-20 15:51:12,98674556\n')).toEqual({
      kind: 'told',
      rows: [{ code: '98674556', at: askedAt }],
    })
  })

  test.each<[string, string, object]>([
    ['has another hash', `${head}\n${line}\n`, { hash_value: '0'.repeat(40) }],
    ['has a hash of another kind', `${head}\n`, { hash_type: 'MD5' }],
    ['has no address', `${head}\n`, { url: 'no address' }],
    ['has no head', `${line}\n`, {}],
    ['is empty', '', {}],
    ['has a coupon at no time', `${head}\n${line.replace('2018-11-20 15:51:12', 'soon')}\n`, {}],
    ['is no CSV', `${head}\n"open`, {}],
  ])('is unknown that %s', async (_, file, said) => {
    expect(await readFile(file, said)).toMatchObject({ kind: 'unknown' })
  })
})

describe('a stock', () => {
  it('is shown with what was given of it, and whether more can be', async () => {
    const stockId = pay.addStock({ couponAmount: 500, maxCoupons: 7, maxPerUser: 2 })
    give(stockId, '1')
    expect(await queryStock(settings, stockId, send, askedAt)).toEqual({
      kind: 'told',
      stock: {
        stockId,
        name: '立减金',
        status: 'running',
        isStarted: true,
        validFrom: askedAt,
        validUntil: new Date(askedAt.getTime() + 90 * 86_400_000),
        givenCoupons: 1,
        mostCoupons: 7,
        mostPerHolder: 2,
        faceValueFen: 500,
        thresholdFen: 501,
      },
    })
  })

  it('is refused where there is none, and unknown where WeChat Pay does not say', async () => {
    expect(await queryStock(settings, '1', send, askedAt)).toMatchObject({
      kind: 'refused',
      code: 'RESOURCE_NOT_EXISTS',
    })
    pay.setMode({ path: wechatPayRoutes.stock, mode: '500', times: 1 })
    expect(await queryStock(settings, pay.addStock(), send, askedAt)).toMatchObject({ kind: 'unknown' })
  })
})
