import { createDecipheriv, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { request } from 'undici'
import { isJsonObject } from './json.ts'
import type { JsonObject } from './json.ts'
import { startReceivingServer } from './receiving-server.ts'
import type { ReceivingServer } from './receiving-server.ts'
import { startWechatPay } from './wechat-pay.ts'
import type { WechatPay, WechatPayOptions } from './wechat-pay.ts'

const makeKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
const [merchant, platform, nextPlatform] = [makeKeys(), makeKeys(), makeKeys()]
const apiV3Key = '0123456789abcdef0123456789abcdef'
const [mchid, serialNo, appid, openid] = ['1900009191', '1DDE55AD98ED71D6', 'wx233544546545989', 'oKL-mwRzR']
const platformKeys = [
  { id: 'PUB_KEY_ID_1', privateKeyPem: platform.privateKey },
  { id: '5157F09EFDC096DE', privateKeyPem: nextPlatform.privateKey },
]

let time = new Date('2026-03-02T04:00:00.000Z')
let pay: WechatPay
const start = async (options: Partial<WechatPayOptions> = {}): Promise<WechatPay> =>
  startWechatPay({
    mchid,
    serialNo,
    merchantPublicKeyPem: merchant.publicKey,
    apiV3Key,
    platformKeys,
    apps: { [appid]: 'app-secret', wx2: 'other' },
    now: () => time,
    retryMilliseconds: 1,
    ...options,
  })

beforeEach(async () => {
  time = new Date('2026-03-02T04:00:00.000Z')
  pay = await start()
})
afterEach(() => pay.close())

type Told = { status: number; headers: Record<string, unknown>; text: string; body: JsonObject }
type Given = { key?: string; timestamp?: string; serial?: string; signedTarget?: string; named?: string }

// The request as the document has it: five lines signed.
async function ask(method: 'GET' | 'POST', target: string, fields?: object, given: Given = {}): Promise<Told> {
  const body = fields === undefined ? '' : JSON.stringify(fields)
  const timestamp = given.timestamp ?? String(time.getTime() / 1000)
  const lines = `${method}\n${given.signedTarget ?? target}\n${timestamp}\nnonce-1\n${body}\n`
  const signature = sign('sha256', Buffer.from(lines), given.key ?? merchant.privateKey).toString('base64')
  const authorization = `WECHATPAY2-SHA256-RSA2048 mchid="${mchid}",serial_no="${given.serial ?? serialNo}",nonce_str="nonce-1",timestamp="${timestamp}",signature="${signature}"`
  const headers = { authorization, 'content-type': 'application/json', 'wechatpay-serial': given.named ?? '' }
  const answer = await request(pay.url + target, { method, headers, body: body === '' ? null : body })
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: answer.headers, text, body: readObject(text) }
}

function readObject(text: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

const control = async (path: string, fields: object): Promise<number> =>
  (await request(pay.url + path, { method: 'POST', body: JSON.stringify(fields) })).statusCode

const sendPath = `/v3/marketing/favor/users/${openid}/coupons`
const modePath = '/v3/marketing/favor/users/{openid}/coupons'
const wish = (stock_id: string, no: string): object => ({
  stock_id,
  out_request_no: no,
  appid,
  stock_creator_mchid: mchid,
})
const give = (stock: string, no: string): Promise<Told> => ask('POST', sendPath, wish(stock, no))

const isSigned = ({ headers, text }: Pick<Told, 'headers' | 'text'>, key: string): boolean => {
  const read = (name: string): string => String(headers[`wechatpay-${name}`])
  const lines = `${read('timestamp')}\n${read('nonce')}\n${text}\n`
  return verify('sha256', Buffer.from(lines), createPublicKey(key), Buffer.from(read('signature'), 'base64'))
}

describe('a coupon of WeChat Pay', () => {
  it('is given once for an out_request_no, and told again to whoever asks the same again', async () => {
    const stock = pay.addStock()
    const first = await give(stock, '20181112000001')
    expect(first).toMatchObject({ status: 200, body: { coupon_id: expect.stringMatching(/^\d+$/) as string } })
    expect((await give(stock, '20181112000001')).body).toEqual(first.body)
    expect((await give(stock, '20181112000002')).body).not.toEqual(first.body)
    expect(pay.given()).toHaveLength(2)
  })

  it('is not given for a number that stands for something else', async () => {
    const [stock, other] = [pay.addStock(), pay.addStock()]
    await give(stock, '1')
    expect(await give(other, '1')).toMatchObject({ status: 400, body: { code: 'RESOURCE_ALREADY_EXISTS' } })
    expect(pay.given()).toHaveLength(1)
  })

  it('is refused above what a holder may have, and above the budget', async () => {
    const stock = pay.addStock({ maxPerUser: 2, maxCoupons: 3 })
    for (const no of ['1', '2']) expect((await give(stock, no)).status).toBe(200)
    expect(await give(stock, '3')).toMatchObject({ status: 403, body: { code: 'RULE_LIMIT' } })
    const others = '/v3/marketing/favor/users/another/coupons'
    expect((await ask('POST', others, wish(stock, '4'))).status).toBe(200)
    expect(await ask('POST', others, wish(stock, '5'))).toMatchObject({ status: 403, body: { code: 'NOT_ENOUGH' } })
  })

  test.each([
    ['stock_id', 'nowhere', 404, 'RESOURCE_NOT_EXISTS'],
    ['appid', 'wx-of-somebody-else', 400, 'APPID_MCHID_NOT_MATCH'],
    ['out_request_no', 'no spaces', 400, 'PARAM_ERROR'],
    ['stock_creator_mchid', undefined, 400, 'PARAM_ERROR'],
  ])('is refused with a %s that is %s', async (name, value, status, code) => {
    const stock = pay.addStock()
    expect(await ask('POST', sendPath, { ...wish(stock, '1'), [name]: value })).toMatchObject({
      status,
      body: { code },
    })
  })

  it('is shown as the document shows it: sent, used, expired', async () => {
    const stock = pay.addStock({ until: new Date('2026-03-03T04:00:00.000Z') })
    const [one, two] = [(await give(stock, '1')).body, (await give(stock, '2')).body]
    const show = async ({ coupon_id }: JsonObject) =>
      (await ask('GET', `${sendPath}/${String(coupon_id)}?appid=${appid}`)).body
    expect(await show(one)).toMatchObject({
      stock_id: stock,
      coupon_id: one['coupon_id'],
      status: 'SENDED',
      create_time: '2026-03-02T12:00:00+08:00',
      normal_coupon_information: { coupon_amount: 3000, transaction_minimum: 3001 },
    })
    await control('/control/use', { coupon_id: one['coupon_id'], mchid: 'M1' })
    time = new Date('2026-03-03T04:00:00.000Z')
    expect([(await show(one))['status'], (await show(two))['status']]).toEqual(['USED', 'EXPIRED'])
    expect((await ask('GET', `${sendPath}/1?appid=${appid}`)).status).toBe(404)
    expect((await ask('GET', `${sendPath}?appid=${appid}`)).body).toMatchObject({ total_count: 2 })
  })
})

describe('a stock', () => {
  const plan = {
    stock_name: '满30减30',
    belong_merchant: mchid,
    available_begin_time: '2026-03-02T12:00:00+08:00',
    available_end_time: '2026-04-02T12:00:00+08:00',
    stock_use_rule: { max_coupons: 2, max_amount: 6000, max_coupons_per_user: 1 },
    coupon_use_rule: { fixed_normal_coupon: { coupon_amount: 3000, transaction_minimum: 3001 } },
    no_cash: true,
    stock_type: 'NORMAL',
    out_request_no: 'stock-1',
  }

  it('gives nothing until it is started, while it is paused, and once it is stopped', async () => {
    const made = await ask('POST', '/v3/marketing/favor/coupon-stocks', plan)
    const stock = String(made.body['stock_id'])
    expect((await ask('POST', '/v3/marketing/favor/coupon-stocks', plan)).body).toEqual(made.body)
    const heard: unknown[] = [(await give(stock, '0')).body['code']]
    for (const act of ['start', 'pause', 'restart', 'stop']) {
      const done = await ask('POST', `/v3/marketing/favor/stocks/${stock}/${act}`, { stock_creator_mchid: mchid })
      expect(done.body).toHaveProperty(`${act}_time`)
      heard.push((await ask('POST', `/v3/marketing/favor/users/user-${act}/coupons`, wish(stock, act))).body['code'])
    }
    expect(heard).toEqual(['INVALID_REQUEST', undefined, 'INVALID_REQUEST', undefined, 'INVALID_REQUEST'])
    expect((await ask('GET', `/v3/marketing/favor/stocks/${stock}?stock_creator_mchid=${mchid}`)).body).toMatchObject({
      status: 'stoped',
      distributed_coupons: 2,
      stock_use_rule: { max_coupons: 2, fixed_normal_coupon: { coupon_amount: 3000 } },
    })
  })

  it('is refused with a budget that is not its coupons’', async () => {
    const wrong = { ...plan, stock_use_rule: { ...plan.stock_use_rule, max_amount: 6001 } }
    expect((await ask('POST', '/v3/marketing/favor/coupon-stocks', wrong)).body).toMatchObject({ code: 'PARAM_ERROR' })
  })

  it('has its uses and refunds in files, in all or by day, for thirty seconds', async () => {
    const stock = pay.addStock()
    const coupon = String((await give(stock, '1')).body['coupon_id'])
    await control('/control/use', { coupon_id: coupon, mchid: 'M1', amount: 12345 })
    await control('/control/refund', { coupon_id: coupon })
    const read = async (path: string) => {
      const { body } = await ask('GET', `/v3/marketing/favor/stocks/${stock}/${path}`)
      expect(body).toMatchObject({ hash_type: 'SHA1', hash_value: expect.stringMatching(/^[0-9a-f]{40}$/) as string })
      return ask('GET', String(body['url']).slice(pay.url.length))
    }
    const { text } = await read('use-flow')
    expect(text).toContain('优惠ID')
    expect(text).toContain(`\`${stock},\`${coupon},\`满减券,\`30.00,\`123.45,\`支付,`)
    expect((await read('refund-flow-by-day?bill_date=2026-03-02')).text).toContain('`退款')
    const none = await ask('GET', `/v3/marketing/favor/stocks/${stock}/use-flow-by-day?bill_date=2026-03-01`)
    expect(none).toMatchObject({ status: 404, body: { code: 'RESOURCE_NOT_EXISTS', message: '账单文件不存在' } })
    expect(none.headers['wechatpay-signature']).toBeUndefined()
    const { body } = await ask('GET', `/v3/marketing/favor/stocks/${stock}/use-flow`)
    time = new Date(time.getTime() + 31_000)
    expect((await ask('GET', String(body['url']).slice(pay.url.length))).status).toBe(404)
  })
})

describe('signatures', () => {
  it('are checked: another key, time, serial number or address is nobody, and hears so without a signature', async () => {
    const stock = pay.addStock()
    const wrong: Given[] = [
      { key: platform.privateKey },
      { timestamp: String(time.getTime() / 1000 - 301) },
      { serial: 'ANOTHER' },
      { signedTarget: '/v3/marketing/favor/users/somebody/coupons' },
    ]
    for (const given of wrong) {
      const answer = await ask('POST', sendPath, wish(stock, '1'), given)
      expect(answer).toMatchObject({ status: 401, body: { code: 'SIGN_ERROR' } })
      expect(answer.headers).not.toHaveProperty('wechatpay-signature')
    }
    expect(pay.given()).toEqual([])
    expect(pay.inbox.map(({ isSignatureValid }) => isSignatureValid)).toEqual([false, false, false, false])
  })

  it('are on every answer, refusals too, by the key that was named', async () => {
    const stock = pay.addStock()
    const answer = await give(stock, '1')
    expect(answer.headers['wechatpay-serial']).toBe('PUB_KEY_ID_1')
    expect(isSigned(answer, platform.publicKey)).toBe(true)
    const named = await ask('POST', sendPath, wish('nowhere', '2'), { named: '5157F09EFDC096DE' })
    expect(named).toMatchObject({ status: 404, headers: { 'wechatpay-serial': '5157F09EFDC096DE' } })
    expect(isSigned(named, nextPlatform.publicKey)).toBe(true)
  })
})

type Arrival = { receivedAt: Date; headers: Record<string, unknown>; text: string; coupon: JsonObject }

describe('a use', () => {
  const receivers: ReceivingServer<Arrival, 'ok' | '500'>[] = []
  afterAll(() => Promise.all(receivers.map(({ close }) => close())))

  const open = (text: string): JsonObject => {
    const { nonce, ciphertext, associated_data } = (JSON.parse(text) as { resource: Record<string, string> }).resource
    const bytes = Buffer.from(ciphertext!, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', apiV3Key, nonce!)
    decipher.setAAD(Buffer.from(associated_data!)).setAuthTag(bytes.subarray(-16))
    return JSON.parse(decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')) as JsonObject
  }

  async function listen() {
    const fine = { status: 204, body: undefined }
    const receiver = await startReceivingServer<Arrival, 'ok' | '500'>(
      {},
      {
        noun: 'notification',
        help: '',
        modes: {
          modes: ['ok', '500'],
          paths: ['/notify'],
          isPath: (path) => path === '/notify',
          pathHint: '',
          example: '',
        },
        isArrival: ({ path }) => path === '/notify',
        receive: ({ headers, text }) => ({
          item: { receivedAt: time, headers, text, coupon: open(text) },
          answers: { ok: { status: 200, body: {} }, refusal: fine, failure: { status: 500, body: { code: 'FAIL' } } },
        }),
      },
    )
    receivers.push(receiver)
    await ask('POST', '/v3/marketing/favor/callbacks', { mchid, notify_url: `${receiver.url}/notify` })
    return receiver
  }

  const couponOf = async (stock: string, no: string) => String((await give(stock, no)).body['coupon_id'])

  it('is told, signed and sealed, until it is answered with 2xx', async () => {
    const receiver = await listen()
    receiver.setMode({ path: '/notify', mode: '500', times: 2 })
    const coupon_id = await couponOf(pay.addStock(), '1')
    expect(await control('/control/use', { coupon_id, mchid: 'M1' })).toBe(200)
    const isThird = (): boolean => receiver.inbox.length === 3
    await receiver.waitFor(isThird, 5000)
    const { coupon, text, headers } = receiver.inbox[2]!
    expect(coupon).toMatchObject({
      coupon_id,
      status: 'USED',
      consume_information: { consume_time: '2026-03-02T12:00:00+08:00', consume_mchid: 'M1' },
    })
    expect(JSON.parse(text)).toMatchObject({ event_type: 'COUPON.USE', resource: { original_type: 'coupon' } })
    expect(isSigned({ headers, text }, platform.publicKey)).toBe(true)
    expect(await control('/control/use', { coupon_id, mchid: 'M1' })).toBe(400)
  })

  it('can be told twice, after the next one, or never', async () => {
    const receiver = await listen()
    const stock = pay.addStock()
    const [one, two, three] = [await couponOf(stock, '1'), await couponOf(stock, '2'), await couponOf(stock, '3')]
    const modes = ['lost', 'held', 'twice']
    for (const [i, coupon_id] of [one, two, three].entries()) {
      pay.setMode({ path: '/notification', mode: modes[i]!, times: 1 })
      pay.use({ coupon_id, mchid: 'M1' })
    }
    const isSecond = ({ coupon }: Arrival): boolean => coupon['coupon_id'] === two
    await receiver.waitFor(isSecond, 5000)
    await receiver.waitFor(() => receiver.inbox.length === 3, 5000)
    const told = receiver.inbox.map(({ coupon }) => coupon['coupon_id'])
    expect([told.filter((id) => id === three).length, told.indexOf(three) < told.indexOf(two)]).toEqual([2, true])
  })
})

describe('WeChat Pay that was told how to answer', () => {
  test.each([
    ['429', 429, 0],
    ['refuse', 403, 0],
    ['500', 500, 1],
    ['garbage', 200, 1],
    ['unsigned', 200, 1],
    ['wrong-signature', 200, 1],
    ['stale', 200, 1],
    ['unknown-key', 200, 1],
  ])('%s: answers %d and has given %d', async (mode, status, given) => {
    const stock = pay.addStock()
    await control('/mode', { path: modePath, mode, times: 1 })
    const answer = await give(stock, '1')
    expect([answer.status, pay.given().length]).toEqual([status, given])
    expect(isSigned(answer, platform.publicKey)).toBe(['429', 'refuse', '500', 'stale', 'unknown-key'].includes(mode))
    expect((await give(stock, '1')).status).toBe(200)
  })

  it('gives what it never answers', async () => {
    const stock = pay.addStock()
    pay.setMode({ path: modePath, mode: 'closed', times: 1 })
    await expect(give(stock, '1')).rejects.toThrow('other side closed')
    expect(pay.given()).toHaveLength(1)
  })

  it('refuses a holder another coupon of a stock while one is on its way', async () => {
    const stock = pay.addStock()
    pay.setMode({ path: modePath, mode: 'slow', milliseconds: 600_000, times: 1 })
    const slow = expect(give(stock, '1')).rejects.toThrow('other side closed')
    await pay.waitFor(({ mode }) => mode === 'slow', 5000)
    expect((await give(stock, '2')).body).toMatchObject({ code: 'RULE_LIMIT' })
    expect((await ask('POST', '/v3/marketing/favor/users/another/coupons', wish(stock, '3'))).status).toBe(200)
    await pay.close()
    await slow
    pay = await start()
  })

  it('takes so many requests in a second, and so many coupons, and no more', async () => {
    await pay.close()
    pay = await start({ requestsPerSecond: 2, couponLimit: 1 })
    const stock = pay.addStock()
    expect((await give(stock, '1')).status).toBe(200)
    expect((await give(stock, '2')).status).toBe(500)
    expect(await give(stock, '3')).toMatchObject({ status: 429, body: { code: 'FREQUENCY_LIMITED' } })
  })

  it('says which field of a mode is wrong, and explains itself', async () => {
    expect(await control('/mode', { path: '/elsewhere', mode: 'ok' })).toBe(400)
    expect(await control('/mode', { path: modePath, mode: 'twice' })).toBe(400)
    expect(await control('/mode', { path: '/notification', mode: '500' })).toBe(400)
    expect(await (await request(`${pay.url}/`)).body.text()).toContain('/control/use')
    expect(await (await request(`${pay.url}/inbox`)).body.json()).toEqual([])
  })
})

describe('web authorization', () => {
  const authorize = async (redirect: string, id = appid) => {
    const query = `appid=${id}&redirect_uri=${encodeURIComponent(redirect)}&response_type=code&scope=snsapi_base&state=a%2Fb`
    const { statusCode, headers } = await request(`${pay.url}/connect/oauth2/authorize?${query}`)
    return { status: statusCode, location: String(headers['location'] ?? '') }
  }
  const exchange = async (code: string, secret = 'app-secret', id = appid) => {
    const query = `appid=${id}&secret=${secret}&code=${code}&grant_type=authorization_code`
    return (await (await request(`${pay.url}/sns/oauth2/access_token?${query}`)).body.json()) as JsonObject
  }
  const codeFor = async () =>
    new URL((await authorize('https://hub.example.com/h5?x=1')).location).searchParams.get('code')!

  it('leads back with a code and the state, and gives the openid for the code, once', async () => {
    expect((await authorize('https://hub.example.com/h5?x=1')).location).toMatch(
      /^https:\/\/hub\.example\.com\/h5\?x=1&code=[0-9a-f]{32}&state=a%2Fb$/,
    )
    await control('/control/holder', { openid: 'o-chosen' })
    const code = await codeFor()
    expect(await exchange(code)).toMatchObject({ openid: 'o-chosen', expires_in: 7200, scope: 'snsapi_base' })
    expect(await exchange(code)).toMatchObject({ errcode: 40163 })
  })

  it('refuses by the numbers that WeChat has for it', async () => {
    const code = await codeFor()
    expect(await exchange(code, 'wrong')).toMatchObject({ errcode: 40125 })
    expect(await exchange(code, 'app-secret', 'wx-none')).toMatchObject({ errcode: 40013 })
    expect(await exchange(code, 'other', 'wx2')).toMatchObject({ errcode: 40029 })
    expect(await exchange('none')).toMatchObject({ errcode: 40029 })
    expect(await exchange('')).toMatchObject({ errcode: 41008 })
    time = new Date(time.getTime() + 300_001)
    expect(await exchange(code)).toMatchObject({ errcode: 40029 })
    expect((await authorize('https://hub.example.com/', 'wx-none')).status).toBe(400)
  })
})
