import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { startWechatPay, type WechatPay } from '../../simulators/wechat-pay.ts'
import { addDeliverLink, updateDeliverLink } from '../core/back-office/deliver-links.ts'
import { addSupplier, updateSupplier } from '../core/back-office/suppliers.ts'
import type { Operator } from '../core/command/command.ts'
import type { Core } from '../core/core.ts'
import { openidPrefix } from '../faces/openid/index.ts'
import { wechatPayPrefix } from '../faces/wechat-pay/index.ts'
import { publicHalf, newPrivateKey } from './apps.ts'
import { type SandboxFile, readPrivateFile, writePrivateFile } from './file.ts'

// WeChat as the sandbox has it: a merchant that gives cash coupons, an app whose openids they go to, and the link by which
// a bank's pages learn those.
const names = {
  supplierId: '10000200',
  mchid: '1900000100',
  appId: 'wx0123456789abcdef',
  deliverId: '1017578611540230144',
  allowedHost: 'h5.bank.example',
} as const

export const wechatSupplierId = names.supplierId

/** A simulated WeChat, with what our merchant knows of itself there, and the stock that it gives coupons of. */
export type SandboxWechat = WechatPay & { stockId: string; settings: Record<string, unknown>; appSecret: string }

const coupons = 10_000_000

const keyId = 'PUB_KEY_ID_1'

/** Starts it. It forgets what it gave when it ends. */
export async function startWechat(
  at: { host: string; port: number },
  merchant: WechatMerchant,
): Promise<SandboxWechat> {
  const { serialNo, privateKeyPem: privateKey, platformKeyPem, apiV3Key, appSecret } = merchant
  const wechat = await startWechatPay({
    ...at,
    mchid: names.mchid,
    serialNo,
    merchantPublicKeyPem: publicHalf(privateKey),
    apiV3Key,
    platformKeys: [{ id: keyId, privateKeyPem: platformKeyPem }],
    apps: { [names.appId]: appSecret },
    retryMilliseconds: 5_000,
  })
  const stockId = wechat.addStock({ couponAmount: 3_000, maxCoupons: coupons })
  const verificationKeys = [{ id: keyId, publicKey: publicHalf(platformKeyPem) }]
  const settings = { mchid: names.mchid, serialNo, privateKey, apiV3Key, verificationKeys, appId: names.appId }
  return { ...wechat, stockId, appSecret, settings: { ...settings, baseURL: wechat.url } }
}

/** Sets up what is missing of it; what the simulated WeChat has anew is changed here as well. */
export async function setUpWechat(
  core: Core,
  operator: Operator,
  channelId: string,
  hubUrl: string,
  { settings, appSecret, url, tellAt }: SandboxWechat,
): Promise<SandboxFile['wechat']> {
  const { suppliers, deliverLinks } = core.setup.current()
  const { supplierId: id, deliverId, appId, allowedHost } = names
  if (!suppliers.has(id)) await addSupplier(core, operator, { id, kind: 'wechat-pay', name: '沙箱微信支付', settings })
  else await updateSupplier(core, operator, { id, settings })
  const link = { id: deliverId, wechatAppId: appId, wechatSecret: appSecret, hosts: [allowedHost] }
  if (!deliverLinks.has(deliverId)) await addDeliverLink(core, operator, { ...link, channelId })
  else await updateDeliverLink(core, operator, link)
  tellAt(`${hubUrl}${wechatPayPrefix}/${id}`)
  return { appId, deliverPath: `${openidPrefix}/${deliverId}`, allowedHost, simulatorUrl: url }
}

const text = z.string().min(1)
const schema = z.object({
  serialNo: text,
  privateKeyPem: text,
  platformKeyPem: text,
  apiV3Key: text,
  appSecret: text,
})

/** What the sandbox's merchant and the simulated WeChat know each other by. */
type WechatMerchant = z.infer<typeof schema>

/** What an earlier start on the folder made, else made now and kept there: RSA keys take longer than all else at a start. */
export async function keepWechatMerchant(dataFolder: string): Promise<WechatMerchant> {
  const path = join(dataFolder, 'wechat.json')
  const known = readPrivateFile(path, schema)
  if (known !== undefined) return known
  const [privateKeyPem, platformKeyPem] = await Promise.all([newPrivateKey(), newPrivateKey()])
  const merchant = {
    serialNo: randomBytes(20).toString('hex').toUpperCase(),
    privateKeyPem,
    platformKeyPem,
    apiV3Key: randomBytes(16).toString('hex'),
    appSecret: randomBytes(16).toString('hex'),
  }
  writePrivateFile(path, `${JSON.stringify(merchant)}\n`)
  return merchant
}
