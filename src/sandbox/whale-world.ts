import type { Core } from '../core/core.ts'
import type { Operator } from '../core/command/command.ts'
import { addActivity } from '../core/back-office/activities.ts'
import { addMerchant, addShop } from '../core/back-office/merchants.ts'
import { addAcceptor, addChannel } from '../core/back-office/partners.ts'
import { pairKey } from '../core/set-up/snapshot.ts'
import { addSupplier, updateSupplier } from '../core/back-office/suppliers.ts'
import { addTemplate } from '../core/back-office/templates.ts'
import { whalePath } from '../faces/whale/index.ts'
import { newPrivateKey, platformPrivateKey, publicHalf, setUpApp } from './apps.ts'
import type { KnownSandboxFile, SandboxFile } from './file.ts'

// What the sandbox has for Whale's wire: an ERP that sets the hub up, a channel that takes codes and redeems them at a
// shop of its own, and an ESB that makes codes. Names are the ones of the document, where it has any.
const names = {
  erpAppId: '2014072300007148',
  saleChannelId: '10002401',
  supplierId: '10000123',
  acceptorId: '70000001',
  mid: '898310041310001',
  shopNo: '310000001',
  tid: '10000001',
  cityId: '310000',
  brand: '686',
  activityId: '2018090500',
  ownProductId: '12345',
  esbProductId: '12346',
} as const

const daySeconds = 24 * 3600

type WhaleFile = SandboxFile['whale']

/** Sets up what is missing of it, and gives what clients need to know. `esb` is where codes are asked for. */
export async function setUpWhale(
  core: Core,
  operator: Operator,
  known: KnownSandboxFile['whale'],
  esb: { makeCodeURL: string },
): Promise<WhaleFile> {
  const erpPrivateKeyPem = known?.erpPrivateKeyPem ?? (await newPrivateKey())
  const channelPrivateKeyPem = known?.channelPrivateKeyPem ?? (await newPrivateKey())
  await setUpPartners(core, operator)
  await setUpApps(core, operator, publicHalf(erpPrivateKeyPem), publicHalf(channelPrivateKeyPem))
  await setUpSupplier(core, operator, esb)
  await setUpOffer(core, operator)
  const { mid, shopNo, tid, cityId } = names
  return {
    erpAppId: names.erpAppId,
    erpPrivateKeyPem,
    channelAppId: names.saleChannelId,
    channelPrivateKeyPem,
    platformPublicKeyPem: publicHalf(platformPrivateKey(core, 'whale', names.erpAppId)),
    path: whalePath,
    saleChannelId: names.saleChannelId,
    activityId: names.activityId,
    ticketId: core.setup.current().activityTemplates.get(pairKey(names.activityId, names.ownProductId))!.ticketId,
    storeInfo: { cityId, tid, mid, shopNo, storeName: '沙箱咖啡店' },
  }
}

async function setUpApps(core: Core, operator: Operator, erpKey: string, channelKey: string): Promise<void> {
  const { erpAppId, saleChannelId } = names
  const [face, settings] = ['whale', { isUnsignedTaken: true }]
  const erp = { face, id: erpAppId, inbound: { publicKey: erpKey }, settings: { ...settings, isBackOffice: true } }
  await setUpApp(core, operator, erp)
  // One platform signs with one key: the channel's answers are checked with the same public key as the ERP's.
  const outbound = { privateKey: platformPrivateKey(core, face, erpAppId) }
  const channel = { face, id: saleChannelId, inbound: { publicKey: channelKey }, channelIds: [saleChannelId] }
  await setUpApp(core, operator, { ...channel, settings, outbound })
}

async function setUpPartners(core: Core, operator: Operator): Promise<void> {
  const { channels, acceptors, merchants, shops } = core.setup.current()
  const { saleChannelId, acceptorId, mid, shopNo, cityId, brand } = names
  if (!acceptors.has(acceptorId)) await addAcceptor(core, operator, { id: acceptorId, name: '沙箱门店收银' })
  if (!merchants.has(pairKey(acceptorId, mid))) {
    await addMerchant(core, operator, { acceptorId, no: mid, name: '沙箱咖啡', brand })
  }
  if (!shops.has(pairKey(acceptorId, shopNo))) {
    await addShop(core, operator, { acceptorId, no: shopNo, merchantNo: mid, name: '沙箱咖啡店', cityId })
  }
  if (!channels.has(saleChannelId)) {
    await addChannel(core, operator, { id: saleChannelId, name: '沙箱取码方', settings: { acceptorId } })
  }
}

// The simulated ESB listens where it found a port: the supplier's address follows it.
async function setUpSupplier(core: Core, operator: Operator, { makeCodeURL }: { makeCodeURL: string }): Promise<void> {
  const supplier = core.setup.current().suppliers.get(names.supplierId)
  if (supplier === undefined) {
    const settings = { makeCodeURL, thirdChannelNo: 'M000001545', encryptType: 'none' }
    await addSupplier(core, operator, { id: names.supplierId, kind: 'esb', name: '沙箱制码方', settings })
  } else if (supplier.settings['makeCodeURL'] !== makeCodeURL) {
    await updateSupplier(core, operator, { id: names.supplierId, settings: { makeCodeURL } })
  }
}

async function setUpOffer(core: Core, operator: Operator): Promise<void> {
  const { templates, activities } = core.setup.current()
  const { ownProductId, esbProductId, activityId, brand, supplierId } = names
  const offers = [
    { id: ownProductId, name: '咖啡代金券 30 元' },
    { id: esbProductId, name: '咖啡代金券 30 元（制码方）', supplierId },
  ]
  for (const offer of offers.filter(({ id }) => !templates.has(id))) {
    await addTemplate(core, operator, {
      ...offer,
      faceValueFen: 3_000,
      validity: { forSeconds: 30 * daySeconds },
      stock: null,
      redeemableAt: { kind: 'brand', brand },
      settings: { ticketType: 1 },
    })
  }
  if (activities.has(activityId)) return
  const startsAt = new Date(core.hub.now().getTime() - daySeconds * 1000)
  const endsAt = new Date(startsAt.getTime() + 10 * 365 * daySeconds * 1000)
  const templateIds = offers.map(({ id }) => id)
  await addActivity(core, operator, { id: activityId, name: '沙箱咖啡活动', startsAt, endsAt, templateIds })
}
