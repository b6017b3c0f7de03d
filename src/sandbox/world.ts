import { createPublicKey, generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { outboundKey } from '../core/app-keys.ts'
import type { Core } from '../core/core.ts'
import type { Operator } from '../core/operator.ts'
import { addActivity } from '../core/set-up/activities.ts'
import { addApp } from '../core/set-up/apps.ts'
import { addMerchant, addShop } from '../core/set-up/merchants.ts'
import { addAcceptor, addChannel } from '../core/set-up/partners.ts'
import { rotateInboundKey } from '../core/set-up/rotate-key.ts'
import { pairKey, type App } from '../core/set-up/snapshot.ts'
import { addTemplate } from '../core/set-up/templates.ts'
import { lakalaPaths } from '../faces/lakala/index.ts'
import { shoubeiPaths } from '../faces/shoubei/index.ts'
import type { KnownSandboxFile, SandboxFile } from './file.ts'
import type { Backstage } from './simulators.ts'
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
const makeKeyPair = promisify(generateKeyPair)

/**
 * Sets up what is missing of the sandbox's world, and gives what a client needs to know of it. What an earlier start
 * wrote down stays true: `known` is kept wherever the database agrees with it.
 */
export async function setUpWorld(
  core: Core,
  known: KnownSandboxFile | undefined,
  { esb, sms }: Pick<Backstage, 'esb' | 'sms'>,
): Promise<Omit<SandboxFile, 'url'>> {
  const bank = known?.lakala ?? (await newBank())
  const key = known?.shoubei.key ?? randomBytes(16).toString('hex')
  await setUpPartners(core)
  await setUpApps(core, bank, key)
  await setUpOffer(core)
  return {
    lakala: {
      appid: names.appid,
      serialNo: bank.serialNo,
      privateKeyPem: bank.privateKeyPem,
      platformPublicKeyPem: platformKey(core),
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
  }
}

type Bank = { serialNo: string; privateKeyPem: string }

async function newBank(): Promise<Bank> {
  const { privateKey } = await makeKeyPair('rsa', { modulusLength: 2048 })
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { serialNo: randomBytes(9).toString('hex'), privateKeyPem }
}

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

async function setUpApps(core: Core, bank: Bank, key: string): Promise<void> {
  const publicKey = createPublicKey(bank.privateKeyPem).export({ type: 'spki', format: 'pem' }).toString()
  const lakala = findApp(core, 'lakala', names.appid)
  const inbound = { publicKey, serialNo: bank.serialNo }
  if (lakala === undefined) {
    await addApp(core, operator, {
      face: 'lakala',
      id: names.appid,
      name: '沙箱银行',
      channelIds: [names.ownerId],
      inbound,
    })
  } else if (!lakala.keys.some((row) => row.direction === 'inbound' && row.serialNo === bank.serialNo)) {
    // The file was lost, or another sandbox shares the database: its client's key is taken beside those of before.
    await rotateInboundKey(core, operator, {
      face: 'lakala',
      id: names.appid,
      key: inbound,
      overlapSeconds: 365 * daySeconds,
    })
  }
  const shoubei = findApp(core, 'shoubei', names.instNo)
  const secret = { secret: key }
  if (shoubei === undefined) {
    await addApp(core, operator, {
      face: 'shoubei',
      id: names.instNo,
      name: '沙箱收银台',
      acceptorId: names.instNo,
      inbound: secret,
    })
  } else if (!hasSecret(core, shoubei, key)) {
    await rotateInboundKey(core, operator, {
      face: 'shoubei',
      id: names.instNo,
      key: secret,
      overlapSeconds: 365 * daySeconds,
    })
  }
}

const findApp = (core: Core, face: string, id: string): App | undefined =>
  core.setup.current().apps.get(pairKey(face, id))

const hasSecret = (core: Core, app: App, key: string): boolean =>
  app.keys.some((row) => row.secret !== null && core.hub.keyring.decrypt(row.secret) === key)

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

function platformKey(core: Core): string {
  const { privateKey } = outboundKey(findApp(core, 'lakala', names.appid)!, core.hub.keyring, core.hub.now())
  return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
}
