import { pino } from 'pino'
import { createExchangeMerchant } from '../../simulators/exchange-merchant.ts'
import { createShoubeiTill } from '../../simulators/shoubei-till.ts'
import { composeHub } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import { addShop } from '../../src/core/back-office/merchants.ts'
import { startBackstage, type Backstage } from '../../src/sandbox/simulators.ts'
import { setUpWorld } from '../../src/sandbox/world.ts'
import { couponsPerHolder, type Askers, type Partners } from './supplier-load.ts'

/** What the sandbox's merchant pays for a coupon. */
export const settlementPriceFen = 2_950

/** Suppliers that outlive every hub, and those who ask the hubs that there are. */
export type SupplierScene = Askers & Pick<Backstage, 'wechat' | 'close'>

/**
 * Starts the suppliers of the sandbox in this process and sets its world up, for hubs of the given environment. WeChat
 * gives so many coupons to a holder, and refuses the next.
 */
export async function openSupplierScene(
  environment: Record<string, string>,
  hubUrls: readonly [string, string],
): Promise<SupplierScene> {
  const config = readConfig(environment, true)
  const backstage = await startBackstage({ ...config, port: 0 })
  const { wechat, douyin, close } = backstage
  const stockId = wechat.addStock({ couponAmount: 3_000, maxCoupons: 1_000_000, maxPerUser: couponsPerHolder })
  const { core, close: closeHub } = await composeHub({ config, log: pino({ level: 'silent' }) })
  const behind = { ...backstage, wechat: { ...wechat, stockId } }
  const { exchange, shoubei } = await setUpWorld(core, undefined, hubUrls[0], behind)
  const { instNo: acceptorId, merchantNo, shopNo } = shoubei
  const shopNos = [shopNo, `${shopNo}2`] as const
  const shop = { acceptorId, no: shopNos[1], merchantNo, name: 'A second shop' }
  await addShop(core, { name: 'test', reason: 'a second till' }, shop)
  await closeHub()
  const partnersOf = (i: 0 | 1): Partners => ({
    merchant: createExchangeMerchant({ hubUrl: hubUrls[i], ...exchange }),
    till: createShoubeiTill({ hubUrl: hubUrls[i], ...shoubei, shopNo: shopNos[i] }),
  })
  return { wechat, douyin, close, exchange, partners: [partnersOf(0), partnersOf(1)] }
}
