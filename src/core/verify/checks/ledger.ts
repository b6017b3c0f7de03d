import { ledgerCause, ledgerOfOrder } from '../../../db/proof/ledger.ts'
import type { RowCheck } from './check.ts'

export const ledgerChecks: RowCheck[] = [
  {
    name: 'ledger_order',
    read: ledgerOfOrder,
    say: (no) => `the ledger does not say what order ${no} costs`,
    toDo: 'Compare the order’s entries in ledger_entries with what its coupons hold: one of them was changed by other means than the hub.',
  },
  {
    name: 'ledger_cause',
    read: ledgerCause,
    say: (no) => `the ledger’s entry ${no} is of an order that is not there`,
    toDo: 'Find the order in a backup: it was deleted, or the entry was written by other means than the hub.',
  },
]
