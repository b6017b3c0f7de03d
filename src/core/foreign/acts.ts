import { insertAudit } from '../../db/audit.ts'
import {
  lockForeignRedemptions,
  readForeignRedemptions,
  updateForeignRedemptions,
  type ForeignRedemptionRow,
} from '../../db/foreign-redemptions.ts'
import type { Hub } from '../../hub.ts'
import { refuse } from '../command/errors.ts'
import { makeNumber } from '../numbers/numbers.ts'
import { auditRow, type Operator } from '../command/command.ts'
import { numberedName } from '../redeem/reverse.ts'
import { stepOf, type SettleForeignCommand, type SettleForeignOutcome } from './settle.ts'

// What operators do about redemptions that suppliers have not answered.

const patienceSeconds = 30

/** Has the supplier asked again, now. Refuses with `setup_not_found`, or `setup_conflict` where it has answered. */
export async function askForeignAgain(
  { database, now: clock }: Hub,
  operator: Operator,
  no: string,
): Promise<ForeignRedemptionRow> {
  return database.transaction(async (tx) => {
    const [row] = await lockForeignRedemptions(tx, numberedName(no))
    requireOpen(row, no)
    const now = clock()
    const changed: ForeignRedemptionRow = { ...row, dueAt: now, claimId: null, claimedUntil: null }
    const [before, after] = [row, changed].map(({ state, attempts, dueAt }) => ({ state, attempts, dueAt }))
    await updateForeignRedemptions(tx, [changed])
    await insertAudit(tx, [
      auditRow({ no: makeNumber(0, now) }, operator, 'supplier.ask-again', 'redemption', no, before, after, now),
    ])
    return changed
  })
}

/**
 * Ends what a supplier is asked in its place, as if it had refused: the redemption fails, or stands where it was to be
 * taken back. The partner hears `words`. To be done only when the supplier is known not to have done it. Refuses as
 * `askForeignAgain` does.
 */
export async function giveUpForeign(
  { database, now: clock }: Hub,
  settle: (command: SettleForeignCommand) => Promise<SettleForeignOutcome>,
  operator: Operator,
  { no, words }: { no: string; words: string },
): Promise<ForeignRedemptionRow> {
  const now = clock()
  const [row] = await readForeignRedemptions(database.sql, numberedName(no))
  requireOpen(row, no)
  const { redemption, isHeard } = await settle({
    no: makeNumber(0, now),
    deadline: new Date(now.getTime() + patienceSeconds * 1000),
    redemption: row,
    said: { step: stepOf(row)!, kind: 'refused', words },
    operator,
  })
  if (!isHeard) refuse('setup_conflict', `the supplier has just answered for redemption ${no}`)
  return redemption
}

function requireOpen(row: ForeignRedemptionRow | undefined, no: string): asserts row is ForeignRedemptionRow {
  if (row === undefined) return refuse('setup_not_found', `there is no redemption ${no} of a supplier's code`)
  if (stepOf(row) === undefined) refuse('setup_conflict', `the supplier has answered for redemption ${no}`)
}
