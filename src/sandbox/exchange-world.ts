import { randomBytes } from 'node:crypto'
import type { Core } from '../core/core.ts'
import type { Operator } from '../core/command/command.ts'
import { addActivity, updateActivity } from '../core/back-office/activities.ts'
import { topUpBalance } from '../core/back-office/balances.ts'
import { addChannel } from '../core/back-office/partners.ts'
import { setPrice } from '../core/back-office/prices.ts'
import { addTemplate, updateTemplate } from '../core/back-office/templates.ts'
import { exchangePaths } from '../faces/exchange/index.ts'
import { newPrivateKey, platformPrivateKey, publicHalf, setUpApp } from './apps.ts'
import type { KnownSandboxFile, SandboxFile } from './file.ts'
import { wechatSupplierId } from './wechat-world.ts'

// What the sandbox has for Exchange's wire: a merchant that pays in advance, and orders cash coupons of WeChat Pay and
// codes of the hub's own.
const names = {
  businessId: '754ea3e3a699404f9b82e8f881107f19',
  merchantId: 'eb1bb305ca3940f8adf1d4e964555699',
  activityId: 'WX2026',
  productCode: '63536',
  codesProductCode: '63537',
} as const

/** The product of the merchant's whose codes are the hub's own. */
export const codesProductCode = names.codesProductCode

const daySeconds = 24 * 3600

/** Sets up what is missing of it. `stockId` is the batch of WeChat Pay's of which coupons are given now. */
export async function setUpExchange(
  core: Core,
  operator: Operator,
  known: KnownSandboxFile['exchange'],
  acceptorId: string,
  stockId: string,
): Promise<SandboxFile['exchange']> {
  const privateKeyPem = known?.privateKeyPem ?? (await newPrivateKey())
  const md5Key = known?.md5Key ?? randomBytes(16).toString('hex')
  const { businessId, merchantId, activityId, productCode } = names
  const isNew = !core.setup.current().channels.has(merchantId)
  if (isNew) await addChannel(core, operator, { id: merchantId, name: '沙箱商家' })
  const inbound = { publicKey: publicHalf(privateKeyPem), secret: md5Key }
  await setUpApp(core, operator, { face: 'exchange', id: businessId, channelIds: [merchantId], inbound })
  await setUpOffer(core, operator, acceptorId, stockId)
  if (isNew) {
    await setPrice(core, operator, { channelId: merchantId, templateId: productCode, settlementPriceFen: 2_950 })
    await topUpBalance(core, operator, { channelId: merchantId, amountFen: 100_000_000_00 })
  }
  return {
    businessId,
    merchantId,
    md5Key,
    privateKeyPem,
    platformPublicKeyPem: publicHalf(platformPrivateKey(core, 'exchange', businessId)),
    productCode,
    activityId,
    couponPath: exchangePaths.wechatCoupons,
    infoPath: exchangePaths.info,
    codePath: exchangePaths.coupon,
  }
}

async function setUpOffer(core: Core, operator: Operator, acceptorId: string, stockId: string): Promise<void> {
  const { templates } = core.setup.current()
  const { productCode, codesProductCode: codesCode } = names
  const common = { faceValueFen: 3_000, validity: { forSeconds: 30 * daySeconds }, stock: null }
  const ofWechat = { id: productCode, settings: { thirdProductId: stockId } }
  if (!templates.has(productCode)) {
    const rest = { name: '微信立减金 30 元', supplierId: wechatSupplierId }
    await addTemplate(core, operator, { ...ofWechat, ...rest, ...common })
  } else if (templates.get(productCode)?.settings.thirdProductId !== stockId) {
    await updateTemplate(core, operator, ofWechat)
  }
  if (!templates.has(codesCode)) {
    const redeemableAt = { kind: 'acceptors' as const, acceptors: [acceptorId] }
    await addTemplate(core, operator, { id: codesCode, name: '兑换券 30 元', redeemableAt, ...common })
  }
  await setUpActivity(core, operator)
}

// An activity of this wire lasts three months at most: each start moves it on.
async function setUpActivity(core: Core, operator: Operator): Promise<void> {
  const now = core.hub.now().getTime()
  const startsAt = new Date(now - daySeconds * 1000)
  const endsAt = new Date(now + 85 * daySeconds * 1000)
  const { activityId: id, productCode, codesProductCode: codesCode } = names
  const activity = core.setup.current().activities.get(id)
  if (activity === undefined) {
    const templateIds = [productCode, codesCode]
    await addActivity(core, operator, { id, name: '沙箱立减金活动', startsAt, endsAt, templateIds })
  } else if (activity.endsAt.getTime() < now + 30 * daySeconds * 1000) {
    await updateActivity(core, operator, { id, startsAt, endsAt })
  }
}
