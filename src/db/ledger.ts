import type { Tx } from './client/client.ts'
import { insertRows } from './client/rows.ts'

/** What moves money between the accounts of a channel. */
export type LedgerReason = 'paid_in' | 'paid_out' | 'ordered' | 'failed' | 'voided'

/** The accounts of a channel: what it paid, what of that is left, and what its orders cost. */
export type LedgerAccount = 'cash' | 'prepaid' | 'sales'

/** One change of a balance, with its counterpart. Amounts in fen, above 0. Written once, never changed. */
export type LedgerEntryRow = {
  lane: number
  at: Date
  no: string
  reason: LedgerReason
  channelId: string
  debit: LedgerAccount
  credit: LedgerAccount
  amountFen: number
  orderNo: string | null
}

export const insertLedgerEntries = (tx: Tx, rows: LedgerEntryRow[]): Promise<number> =>
  insertRows(tx, 'ledger_entries', rows)
