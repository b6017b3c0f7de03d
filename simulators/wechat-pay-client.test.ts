import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { Wechatpay } from 'wechatpay-axios-plugin'
import { startWechatPay } from './wechat-pay.ts'
import type { WechatPay } from './wechat-pay.ts'

// A client that many merchants use, and that was written without this simulator in view.

const makeKeys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
const [merchant, platform, stranger] = [makeKeys(), makeKeys(), makeKeys()]
const [mchid, serial, appid, openid] = ['1900009191', '1DDE55AD98ED71D6', 'wx233544546545989', 'oKL-mwRzR']
const keyId = 'PUB_KEY_ID_0114232134912410000000000000'

let pay: WechatPay
beforeAll(async () => {
  pay = await startWechatPay({
    mchid,
    serialNo: serial,
    merchantPublicKeyPem: merchant.publicKey,
    apiV3Key: '0123456789abcdef0123456789abcdef',
    platformKeys: [{ id: keyId, privateKeyPem: platform.privateKey }],
    apps: { [appid]: 'app-secret' },
  })
})
afterAll(() => pay.close())

const clientWith = (privateKey: string, platformKey: string) =>
  new Wechatpay({
    mchid,
    serial,
    privateKey,
    certs: { [keyId]: platformKey },
    baseURL: `${pay.url}/`,
    // The environment's proxy is not on the way to this machine itself.
    proxy: false,
  }).client
const path = 'v3/marketing/favor/users/{openid}/coupons'
const wish = (stock_id: string, out_request_no: string) => ({
  stock_id,
  out_request_no,
  appid,
  stock_creator_mchid: mchid,
})

const disbelief = { code: expect.stringMatching(/^EV3_RES_HEADER/) as string }

type Shown = { coupon_id: string; status: string }

describe('an independent client of WeChat Pay', () => {
  it('is given a coupon, is given the same again, and is shown it', async () => {
    const client = clientWith(merchant.privateKey, platform.publicKey)
    const stock = pay.addStock()
    const first = await client.request(path, 'POST', wish(stock, '1'), { openid })
    const again = await client.request(path, 'POST', wish(stock, '1'), { openid })
    expect(again.data).toEqual(first.data)
    const { coupon_id } = first.data as Shown
    const shown = await client.request(`${path}/{coupon_id}`, 'GET', undefined, {
      openid,
      coupon_id,
      params: { appid },
    })
    expect(shown.data).toMatchObject({ coupon_id, stock_id: stock, status: 'SENDED' })
  })

  it('is told why there is no coupon', async () => {
    const client = clientWith(merchant.privateKey, platform.publicKey)
    const stock = pay.addStock({ maxCoupons: 0 })
    await expect(client.request(path, 'POST', wish(stock, '2'), { openid })).rejects.toMatchObject({
      response: { status: 403, data: { code: 'NOT_ENOUGH' } },
    })
  })

  test.each(['unsigned', 'wrong-signature', 'stale', 'unknown-key'])('believes no answer that is %s', async (mode) => {
    const client = clientWith(merchant.privateKey, platform.publicKey)
    const stock = pay.addStock()
    pay.setMode({ path: `/${path}`, mode, times: 1 })
    await expect(client.request(path, 'POST', wish(stock, `3-${mode}`), { openid })).rejects.toMatchObject(disbelief)
  })

  it('is heard by its own key only, and believes the platform’s only', async () => {
    const stock = pay.addStock()
    await expect(
      clientWith(stranger.privateKey, platform.publicKey).request(path, 'POST', wish(stock, '4'), { openid }),
    ).rejects.toMatchObject({ response: { status: 401, data: { code: 'SIGN_ERROR' } } })
    await expect(
      clientWith(merchant.privateKey, stranger.publicKey).request(path, 'POST', wish(stock, '5'), { openid }),
    ).rejects.toMatchObject(disbelief)
  })
})
