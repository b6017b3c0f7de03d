import type { Use } from '../../db/coupons.ts'
import type { LedgerAccount, LedgerEntryRow, LedgerReason } from '../../db/ledger.ts'
import { pairKey, type Setup } from '../set-up/snapshot.ts'

/** The counter of a channel's prepaid balance, in fen: `max` is what was paid in, `used` what its orders took. */
export const balanceKey = (channelId: string): string => `balance:${channelId}`

/** What one coupon of a template costs a channel, in fen: its own price, else the face value. */
export function settlementPriceOf(setup: Setup, channelId: string, template: { id: string; faceValueFen: number }) {
  return setup.prices.get(pairKey(channelId, template.id)) ?? template.faceValueFen
}

// From which account to which. The database holds entries to it.
const accountsOf: Record<LedgerReason, { debit: LedgerAccount; credit: LedgerAccount }> = {
  paid_in: { debit: 'cash', credit: 'prepaid' },
  paid_out: { debit: 'prepaid', credit: 'cash' },
  ordered: { debit: 'prepaid', credit: 'sales' },
  failed: { debit: 'sales', credit: 'prepaid' },
  voided: { debit: 'sales', credit: 'prepaid' },
}

type Cause = Pick<LedgerEntryRow, 'lane' | 'no' | 'channelId' | 'orderNo'>

/** An entry for an amount above 0. */
export const ledgerEntry = (cause: Cause, reason: LedgerReason, amountFen: number, at: Date): LedgerEntryRow => ({
  ...cause,
  at,
  reason,
  ...accountsOf[reason],
  amountFen,
})

/** The entry of what was taken from, or given back to, the channel's balance; none where nothing of it was. */
export function ledgerOfUses(cause: Cause, reason: LedgerReason, uses: readonly Use[], at: Date): LedgerEntryRow[] {
  const key = balanceKey(cause.channelId)
  const amountFen = uses.reduce((sum, [name, amount]) => (name === key ? sum + amount : sum), 0)
  return amountFen === 0 ? [] : [ledgerEntry(cause, reason, amountFen, at)]
}
