import { foreignHeld, readForgottenForeignPage } from '../../../db/proof/foreign.ts'
import { askAgainSeconds } from '../../settle/settle.ts'
import type { PageCheck, RowCheck } from './check.ts'

export const foreignChecks: RowCheck[] = [
  {
    name: 'foreign_held',
    read: foreignHeld,
    say: (no) => `redemption ${no} used up a supplier’s code, and does not hold it`,
    toDo: 'Ask the supplier how often the code was used. Its state was changed by other means than the hub.',
  },
]

export const openForeignCheck: PageCheck = {
  name: 'foreign_asked',
  readPage: readForgottenForeignPage(askAgainSeconds.length + 1),
  isForFull: false,
  say: (no) => `redemption ${no} of a supplier’s code is open, and nobody asks about it`,
  toDo: 'Have the supplier asked: "quanhub supplier ask-again". The row was changed by other means than the hub.',
}
