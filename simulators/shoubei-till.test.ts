import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createShoubeiTill } from './shoubei-till.ts'
import type { ShoubeiTill } from './shoubei-till.ts'

const key = '8a9bd64e6585c6d8016585c6c8980002'
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

type Taken = { url: string; fields: Record<string, unknown> }

let server: Server | undefined
afterEach(() => server?.close())

/** A hub as the document describes it, reduced to one answer; what it took is kept. */
async function startHub(text: string): Promise<{ till: ShoubeiTill; taken: Taken[] }> {
  const taken: Taken[] = []
  const hub = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      taken.push({ url: request.url ?? '', fields: JSON.parse(body) as Record<string, unknown> })
      response.end(text)
    })
  })
  server = hub
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  const till = createShoubeiTill({
    hubUrl: `http://127.0.0.1:${(hub.address() as AddressInfo).port}`,
    instNo: '900024',
    merchantNo: '851811130002',
    shopNo: '862010110001',
    key,
    wfPath: '/openpay/coupon/wf',
    queryPath: '/openpay/coupon/quary',
    cancelPath: '/openpay/coupon/cancel',
    preparePath: '/openpay/coupon/prepareuse',
    now: () => new Date('2020-04-05T16:55:30Z'),
  })
  return { till, taken }
}

const identity = {
  inst_no: '900024',
  merchant_no: '851811130002',
  shop_no: '862010110001',
  ts: '20200406005530',
}

describe('the till', () => {
  it('redeems with the fields of the table, signed', async () => {
    const { till, taken } = await startHub('{}')
    await till.redeem({
      code: '679533922928',
      traceNo: 't-1',
      amount: 10000,
      realAmount: '9000',
      channelType: '10001',
      excDiscountFlag: '0',
    })
    expect(taken).toEqual([
      {
        url: '/openpay/coupon/wf',
        fields: {
          ...identity,
          wf_trace_no: 't-1',
          coupon_code: '679533922928',
          channel_type: '10001',
          amount: 10000,
          real_amount: '9000',
          exc_discount_flag: '0',
          sign: md5(
            `amount=10000&channel_type=10001&coupon_code=679533922928&exc_discount_flag=0&inst_no=900024&merchant_no=851811130002&real_amount=9000&shop_no=862010110001&ts=20200406005530&wf_trace_no=t-1&key=${key}`,
          ),
        },
      },
    ])
  })

  it('numbers each redemption in 32 characters, unless told to send no number', async () => {
    const { till, taken } = await startHub('{}')
    const { sent } = await till.redeem({ code: '679533922928' })
    await till.redeem({ code: '679533922928', traceNo: null })
    expect(sent['wf_trace_no']).toMatch(/^[0-9a-f]{32}$/)
    expect(taken[0]?.fields).toEqual(sent)
    expect(taken[1]?.fields).not.toHaveProperty('wf_trace_no')
  })

  it('asks, cancels and prepares at their own addresses with only what was named', async () => {
    const { till, taken } = await startHub('{}')
    await till.query({ orderNo: '1' })
    await till.query({ code: '679533922928' })
    await till.cancel({ traceNo: 't-1' })
    await till.prepare({ code: '679533922928', amount: '1000' })
    expect(taken.map(({ url, fields: { sign: _sign, ...fields } }) => ({ url, fields }))).toEqual([
      { url: '/openpay/coupon/quary', fields: { ...identity, order_no: '1' } },
      { url: '/openpay/coupon/quary', fields: { ...identity, coupon_code: '679533922928' } },
      { url: '/openpay/coupon/cancel', fields: { ...identity, wf_trace_no: 't-1' } },
      { url: '/openpay/coupon/prepareuse', fields: { ...identity, coupon_code: '679533922928', amount: '1000' } },
    ])
  })

  it('believes an answer that was signed with its key', async () => {
    const sign = md5(`codes=679533922928&result_code=SUCCESS&return_code=SUCCESS&key=${key}`)
    const body = { return_code: 'SUCCESS', result_code: 'SUCCESS', order_no: null, codes: '679533922928', sign }
    const { till } = await startHub(JSON.stringify(body))
    expect(await till.redeem({ code: '679533922928' })).toMatchObject({ status: 200, body, isSignatureValid: true })
  })

  it('does not believe an unsigned answer, and survives one that is no JSON object', async () => {
    const unsigned = await startHub('{"return_code":"FAIL","return_msg":"机构不存在"}')
    expect(await unsigned.till.query({ orderNo: '1' })).toMatchObject({ isSignatureValid: false })
    server?.close()
    const garbage = await startHub('["oops"]')
    expect(await garbage.till.query({ orderNo: '1' })).toMatchObject({
      body: undefined,
      text: '["oops"]',
      isSignatureValid: false,
    })
  })
})
