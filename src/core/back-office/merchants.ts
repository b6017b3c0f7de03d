import type { Operator } from '../command/command.ts'
import { merchant, type MerchantInput, type MerchantRow, type MerchantUpdate } from '../nouns/merchant.ts'
import { shop, type ShopInput, type ShopRow, type ShopUpdate } from '../nouns/shop.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'
import type { SetupCore } from './act.ts'
import { addDescribed, updateDescribed } from './described.ts'
import { requireFound } from './fields.ts'

/** Adds a merchant to an acceptor. The name is the number where absent. */
export const addMerchant = (core: SetupCore, operator: Operator, input: MerchantInput): Promise<MerchantRow> =>
  addDescribed(core, operator, merchant, input, ({ setup, row: { acceptorId } }) => {
    requireFound(setup.acceptors.get(acceptorId), 'acceptor', acceptorId)
    return {}
  })

export const updateMerchant = (core: SetupCore, operator: Operator, input: MerchantUpdate): Promise<MerchantRow> =>
  updateDescribed(core, operator, merchant, input)

/** Adds a shop to a merchant. Its number is unique among the acceptor's shops. */
export const addShop = (core: SetupCore, operator: Operator, input: ShopInput): Promise<ShopRow> =>
  addDescribed(core, operator, shop, input, ({ setup, row }) => {
    requireMerchant(setup, row)
    return {}
  })

/** Changes a shop; it may go over to another merchant of the same acceptor. */
export const updateShop = (core: SetupCore, operator: Operator, input: ShopUpdate): Promise<ShopRow> =>
  updateDescribed(core, operator, shop, input, ({ setup, row }) => requireMerchant(setup, row))

function requireMerchant(setup: Setup, { acceptorId, merchantNo }: ShopRow): void {
  const merchantKey = pairKey(acceptorId, merchantNo)
  requireFound(setup.merchants.get(merchantKey), 'merchant', merchantKey)
}
