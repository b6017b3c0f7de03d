import type { Hub } from '../../hub.ts'
import { refuse } from '../command/errors.ts'
import { isInWallet } from '../supplier/supplier-of.ts'
import type { TemplateSettings } from '../nouns/template.ts'
import type { RedeemableAt } from '../nouns/template-terms.ts'
import type { Setup } from '../set-up/snapshot.ts'

type Shape = {
  supplierId: string | null
  useTimes: number
  redeemableAt: RedeemableAt
  settings: TemplateSettings
}

/**
 * Refuses what a template cannot be whose supplier puts its coupons into holders' wallets: they are used once, nowhere but
 * there, and belong to a batch of the supplier's.
 */
export function requireWalletShape(hub: Hub, setup: Setup, template: Shape): void {
  if (!isInWallet(hub, setup, template)) return
  const supplier = `supplier ${template.supplierId} puts its coupons into holders' wallets`
  if (template.useTimes !== 1) {
    refuse('bad_request', `useTimes: ${supplier}: each is used once`, { field: 'useTimes' })
  }
  if (template.redeemableAt.kind !== 'nowhere') {
    refuse('bad_request', `redeemableAt: ${supplier}: no till of ours takes them`, { field: 'redeemableAt' })
  }
  if (template.settings.thirdProductId === undefined) {
    refuse('bad_request', `thirdProductId: ${supplier}: say the number of its batch`, { field: 'thirdProductId' })
  }
}
