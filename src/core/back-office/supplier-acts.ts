import { insertAudit } from '../../db/audit.ts'
import { lockSupplierRequests, updateSupplierRequests, type SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { Core } from '../core.ts'
import { refuse } from '../command/errors.ts'
import { laneAt, laneIndexOfNumber, makeNumber } from '../numbers/numbers.ts'
import { auditRow, type Operator } from '../command/command.ts'
import type { SettleOutcome } from '../command/settle.ts'

// What operators do about requests that suppliers have not answered.

const patienceSeconds = 30

function nameOf(no: string): { lane: number; no: string } {
  const index = laneIndexOfNumber(no)
  if (index === undefined) return refuse('bad_request', `${no} is no number of a supplier request`, { field: 'no' })
  return { lane: laneAt(index), no }
}

/**
 * Has a supplier asked again, now, by the same number. Refuses with `setup_not_found` where there is no such request, and
 * with `setup_conflict` where it is answered.
 */
export async function askSupplierAgain(core: Core, operator: Operator, no: string): Promise<SupplierRequestRow> {
  const { database, now: clock } = core.hub
  const name = nameOf(no)
  return database.transaction(async (tx) => {
    const [request] = await lockSupplierRequests(tx, [name])
    requireOpen(request, no)
    const now = clock()
    const changed: SupplierRequestRow = { ...request, state: 'due', dueAt: now, claimId: null, claimedUntil: null }
    await updateSupplierRequests(tx, [changed])
    const [before, after] = [request, changed].map(({ state, attempts, dueAt }) => ({ state, attempts, dueAt }))
    const act = auditRow(
      { no: makeNumber(0, now) },
      operator,
      'supplier.ask-again',
      'order',
      request.orderNo,
      before,
      after,
      now,
    )
    await insertAudit(tx, [act])
    return changed
  })
}

function requireOpen(request: SupplierRequestRow | undefined, no: string): asserts request is SupplierRequestRow {
  if (request === undefined) {
    return refuse(
      'setup_not_found',
      `there is no supplier request ${no}: "quanhub supplier pending" shows which there are`,
    )
  }
  if (request.finishedAt !== null) {
    refuse('setup_conflict', `the supplier has answered request ${no} at ${request.finishedAt.toISOString()}`)
  }
}

/**
 * Ends a request in the supplier's place, as if it had refused: the order fails, or the redemption, and what they took is
 * given back. The partner hears `words`. To be done only when the supplier is known not to have done it. Refuses as
 * `askSupplierAgain` does.
 */
export async function giveUpSupplierRequest(
  core: Core,
  operator: Operator,
  no: string,
  words: string,
): Promise<SettleOutcome> {
  const now = core.hub.now()
  const request = nameOf(no)
  const deadline = new Date(now.getTime() + patienceSeconds * 1000)
  const said = { kind: 'refused' as const, words }
  const outcome = await core.settle({ no: makeNumber(0, now), deadline, request, said, operator })
  if (outcome.request.lastAnswer !== words) requireOpen(outcome.request, no)
  return outcome
}
