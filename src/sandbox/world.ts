import { randomBytes } from 'node:crypto'
import type { Core } from '../core/core.ts'
import type { Operator } from '../core/command/command.ts'
import { addActivity } from '../core/back-office/activities.ts'
import { addMerchant, addShop } from '../core/back-office/merchants.ts'
import { addAcceptor, addChannel } from '../core/back-office/partners.ts'
import { pairKey } from '../core/set-up/snapshot.ts'
import { addTemplate } from '../core/back-office/templates.ts'
import { lakalaPaths } from '../faces/lakala/index.ts'
import { shoubeiPaths } from '../faces/shoubei/index.ts'
import { newPrivateKey, platformPrivateKey, publicHalf, setUpApp } from './apps.ts'
import type { KnownSandboxFile, SandboxFile } from './file.ts'
import type { Backstage } from './simulators.ts'
import { setUpExchange } from './exchange-world.ts'
import { setUpRoutes } from './routes-world.ts'
import { setUpWechat } from './wechat-world.ts'
import { setUpWhale } from './whale-world.ts'

// The sandbox's world: one bank that takes coupons over Lakala's wire, one acceptor with a shop that redeems them over
// Shoubei's. The names are the ones of the partners' documents, where those have any.
const names = {
  appid: 'OP00000003',
  ownerId: '80000007',
  memberPrefix: 'AAA',
  activityId: '1100000086',
  promotionId: 'WX1623452352312523523',
  shortPromotionId: 'WX1623452352312520020',
  scarcePromotionId: 'WX1623452352312520010',
  instNo: '60000001',
  merchantNo: '851811130002',
  shopNo: '862010110001',
} as const

const operator: Operator = { name: 'sandbox', reason: 'the world of the sandbox' }
const daySeconds = 24 * 3600

/**
 * Sets up what is missing of the sandbox's world, and gives what a client needs to know of it. What an earlier start
 * wrote down stays true: `known` is kept wherever the database agrees with it.
 */
export async function setUpWorld(
  core: Core,
  known: KnownSandboxFile | undefined,
  hubUrl: string,
  { esb, sms, wechat, ...suppliers }: Backstage,
): Promise<Omit<SandboxFile, 'url'>> {
  const bank = known?.lakala ?? (await newBank())
  const key = known?.shoubei.key ?? randomBytes(16).toString('hex')
  await setUpPartners(core)
  await setUpApps(core, bank, key)
  await setUpOffer(core)
  // The merchant's coupons are WeChat's: its supplier is there first.
  const ofWechat = await setUpWechat(core, operator, names.ownerId, hubUrl, wechat)
  return {
    lakala: {
      appid: names.appid,
      serialNo: bank.serialNo,
      privateKeyPem: bank.privateKeyPem,
      platformPublicKeyPem: publicHalf(platformPrivateKey(core, 'lakala', names.appid)),
      ownerId: names.ownerId,
      activityId: names.activityId,
      promotionId: names.promotionId,
      shortPromotionId: names.shortPromotionId,
      scarcePromotionId: names.scarcePromotionId,
      memberPrefix: names.memberPrefix,
      issuePath: lakalaPaths.issue,
      queryPath: lakalaPaths.query,
    },
    shoubei: {
      instNo: names.instNo,
      merchantNo: names.merchantNo,
      shopNo: names.shopNo,
      key,
      wfPath: shoubeiPaths.wf,
      queryPath: shoubeiPaths.query,
      cancelPath: shoubeiPaths.cancel,
      preparePath: shoubeiPaths.prepareuse,
    },
    whale: await setUpWhale(core, operator, known?.whale, esb),
    esb: { inboxUrl: `${esb.url}/inbox` },
    sms: { inboxUrl: `${sms.url}/inbox` },
    exchange: await setUpExchange(core, operator, known?.exchange, names.instNo, wechat.stockId),
    wechat: ofWechat,
    routes: await setUpRoutes(core, operator, names.instNo, known?.routes, suppliers),
  }
}

type Bank = { serialNo: string; privateKeyPem: string }

const newBank = async (): Promise<Bank> => ({
  serialNo: randomBytes(9).toString('hex'),
  privateKeyPem: await newPrivateKey(),
})

async function setUpPartners(core: Core): Promise<void> {
  const { channels, acceptors, merchants, shops } = core.setup.current()
  const { ownerId, memberPrefix, instNo, merchantNo, shopNo } = names
  if (!channels.has(ownerId)) {
    await addChannel(core, operator, { id: ownerId, name: '沙箱银行', settings: { memberPrefix } })
  }
  if (!acceptors.has(instNo)) await addAcceptor(core, operator, { id: instNo, name: '沙箱收单机构' })
  if (!merchants.has(pairKey(instNo, merchantNo))) {
    await addMerchant(core, operator, { acceptorId: instNo, no: merchantNo, name: '沙箱商户' })
  }
  if (!shops.has(pairKey(instNo, shopNo))) {
    await addShop(core, operator, { acceptorId: instNo, no: shopNo, merchantNo, name: '沙箱门店' })
  }
}

async function setUpApps(core: Core, bank: Bank, secret: string): Promise<void> {
  const { appid, ownerId, instNo } = names
  const inbound = { publicKey: publicHalf(bank.privateKeyPem), serialNo: bank.serialNo }
  await setUpApp(core, operator, { face: 'lakala', id: appid, name: '沙箱银行', channelIds: [ownerId], inbound })
  const till = { face: 'shoubei', id: instNo, name: '沙箱收银台', acceptorId: instNo }
  await setUpApp(core, operator, { ...till, inbound: { secret } })
}

async function setUpOffer(core: Core): Promise<void> {
  const { templates, activities } = core.setup.current()
  const { promotionId, shortPromotionId, scarcePromotionId, activityId } = names
  const offers = [
    { id: promotionId, name: '满减券 30 元', forSeconds: 30 * daySeconds, stock: 1_000_000 },
    { id: shortPromotionId, name: '短效券 30 元（20 秒）', forSeconds: 20, stock: 1_000_000 },
    { id: scarcePromotionId, name: '稀缺券 30 元（10 张）', forSeconds: 30 * daySeconds, stock: 10 },
  ]
  for (const { id, name, forSeconds, stock } of offers.filter((offer) => !templates.has(offer.id))) {
    const redeemableAt = { kind: 'acceptors' as const, acceptors: [names.instNo] }
    await addTemplate(core, operator, {
      id,
      name,
      faceValueFen: 3_000,
      validity: { forSeconds },
      stock,
      redeemableAt,
      batchNo: id.slice(2),
    })
  }
  if (!activities.has(activityId)) {
    const startsAt = new Date(core.hub.now().getTime() - daySeconds * 1000)
    const endsAt = new Date(startsAt.getTime() + 10 * 365 * daySeconds * 1000)
    const templateIds = offers.map((offer) => offer.id)
    await addActivity(core, operator, { id: activityId, name: '沙箱活动', startsAt, endsAt, templateIds })
  }
}
