import { startReceivingServer } from '../../simulators/receiving-server.ts'
import { startWechatPay } from '../../simulators/wechat-pay.ts'
import type { WechatPay, WechatPayOptions } from '../../simulators/wechat-pay.ts'
import { wechatPayRoutes } from '../../simulators/wechat-pay-routes.ts'
import type { SupplierMessage } from '../../src/suppliers/supplier.ts'
import { testKeys } from '../support/keys.ts'
import { askedAt } from './conformance.ts'

// Who signs what: the merchant its requests, WeChat Pay its answers and notifications.
const { bank: merchant, platform } = testKeys()

export const wechatPayKeyId = 'PUB_KEY_ID_0114232134912410000000000000'
export const apiV3Key = '0123456789abcdef0123456789abcdef'

/** What an operator writes, but for the address. */
export const wechatPayWritten = {
  mchid: '1900009191',
  serialNo: '1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8C',
  privateKey: merchant.privateKeyPem,
  apiV3Key,
  verificationKeys: [{ id: wechatPayKeyId, publicKey: platform.publicKeyPem }],
  appId: 'wx233544546545989',
  appIds: ['wx-mini-program'],
}

/** A WeChat Pay that knows this merchant. */
export const startPay = (options: Partial<WechatPayOptions> = {}): Promise<WechatPay> =>
  startWechatPay({
    mchid: wechatPayWritten.mchid,
    serialNo: wechatPayWritten.serialNo,
    merchantPublicKeyPem: merchant.publicKeyPem,
    apiV3Key,
    platformKeys: [{ id: wechatPayKeyId, privateKeyPem: platform.privateKeyPem }],
    apps: { wx233544546545989: 'secret', 'wx-mini-program': 'secret' },
    now: () => askedAt,
    retryMilliseconds: 1,
    ...options,
  })

export const sendPath = wechatPayRoutes.userCoupons
export const showPath = wechatPayRoutes.userCoupon

type Notification = { receivedAt: Date; message: SupplierMessage }

/** An address to which uses are told, and what came there. */
export async function startNotified() {
  const answer = { status: 200, body: {} }
  const server = await startReceivingServer<Notification, 'ok'>(
    {},
    {
      noun: 'notification',
      help: '',
      modes: { modes: ['ok'], paths: [], isPath: () => true, pathHint: '', example: '' },
      isArrival: ({ path }) => path === '/notify',
      receive: ({ headers, bytes }) => {
        const single = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')])
        const message = { headers: Object.fromEntries(single) as Record<string, string>, body: bytes }
        return { item: { receivedAt: new Date(), message }, answers: { ok: answer, refusal: answer, failure: answer } }
      },
    },
  )
  return { ...server, notifyUrl: `${server.url}/notify` }
}
