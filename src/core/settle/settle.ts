import { insertAudit } from '../../db/audit.ts'
import { addToCounters } from '../../db/counters.ts'
import { insertCoupons, updateCoupons } from '../../db/coupons.ts'
import { addToDailyTotals } from '../../db/daily-totals.ts'
import { appendPoolNumbers, insertImportedCodes, insertPoolCodes } from '../../db/imported-codes.ts'
import { insertLedgerEntries } from '../../db/ledger.ts'
import { insertNotifications } from '../../db/notifications.ts'
import { finishOrders } from '../../db/orders.ts'
import { finishRedemptions } from '../../db/redemptions.ts'
import { updateSupplierRequests, type SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { Tx } from '../../db/client/client.ts'
import type { CoreContext } from '../batch/context.ts'
import { refuse } from '../command/errors.ts'
import { totalOfIssue } from '../issue/save.ts'
import { totalOfRedemption } from '../redeem/redeem.ts'
import { confirmed, denied } from './confirm.ts'
import type { SettleChange, SettleCommand, SettleOutcome } from '../command/settle.ts'
import { loadSettle, outcomeOf, type SettleWorld } from './load.ts'
import { lookedUp } from './look-up.ts'
import { failed, made } from './make.ts'
import { nextAskAt } from './schedule.ts'
import { sumTotals } from '../counters/totals.ts'
import { sumUses } from '../counters/uses.ts'
import type { Decision, Verb } from '../command/verb.ts'

export function createSettle(core: CoreContext): Verb<SettleCommand, SettleWorld, SettleOutcome, SettleChange> {
  return {
    name: 'settle',
    load: (tx, commands, setup) => loadSettle(core, tx, commands, setup),
    decide: decideSettle,
    save: saveSettle,
  }
}

function decideSettle(world: SettleWorld, command: SettleCommand, now: Date): Decision<SettleOutcome, SettleChange> {
  const request = world.requests.get(command.request.no)
  if (request === undefined) return refuse('setup_not_found', `there is no supplier request ${command.request.no}`)
  // Another process, or an operator, has heard the end of it already.
  if (request.finishedAt !== null) return { outcome: outcomeOf(world, request, []) }
  const { said } = command
  if (request.kind === 'look_up' && said.kind !== 'unknown') return lookedUp(world, request, command, now)
  if (said.kind === 'refused') {
    return request.kind === 'make'
      ? failed(world, request, said, command, now)
      : denied(world, request, said.words, command, now)
  }
  if (said.kind === 'accepted') {
    const accepted = request.kind === 'make' ? made(world, request, said.codes, now) : confirmed(world, request, now)
    if (typeof accepted !== 'string') return accepted
    return askAgain(world, request, accepted, now)
  }
  return askAgain(world, request, said.reason, now)
}

// Unknown: the same number is asked again after a growing wait, and in the end an operator sees it.
function askAgain(world: SettleWorld, request: SupplierRequestRow, reason: string, now: Date) {
  request.attempts += 1
  request.lastAnswer = reason.slice(0, 500)
  request.dueAt = nextAskAt(request.attempts, now, world.timeFactor) ?? null
  request.state = request.dueAt === null ? 'unanswered' : 'due'
  request.claimId = null
  request.claimedUntil = null
  return { outcome: outcomeOf(world, request, []), change: { request: { ...request } } }
}

async function saveSettle(tx: Tx, changes: SettleChange[], now: Date): Promise<void> {
  const coupons = changes.flatMap((change) => change.coupons ?? [])
  const poolCodes = changes.flatMap((change) => change.poolCodes ?? [])
  const redemptions = changes.flatMap((change) => change.redemption ?? [])
  const lanes = new Map(coupons.map((coupon) => [`${coupon.sourceId}/${coupon.serial}`, coupon.lane]))
  const totals = [
    ...coupons.map(totalOfIssue),
    ...redemptions.filter(({ state }) => state === 'succeeded').map(totalOfRedemption),
  ]
  await Promise.all([
    addToCounters(
      tx,
      sumUses(
        changes.map(({ returned }) => returned ?? []),
        -1,
      ),
    ),
    insertLedgerEntries(
      tx,
      changes.flatMap((change) => change.ledger ?? []),
    ),
    appendPoolNumbers(
      tx,
      poolCodes.map(({ sourceId }) => sourceId),
    ),
    insertImportedCodes(
      tx,
      poolCodes
        .map(({ codeHash, sourceId, number }) => ({
          codeHash,
          sourceId,
          number,
          lane: lanes.get(`${sourceId}/${number}`)!,
        }))
        .toSorted((a, b) => Buffer.compare(a.codeHash, b.codeHash)),
    ),
    insertPoolCodes(tx, poolCodes),
    insertCoupons(tx, coupons),
    finishOrders(
      tx,
      changes.flatMap((change) => change.order ?? []),
    ),
    finishRedemptions(tx, redemptions),
    updateCoupons(
      tx,
      changes.flatMap((change) => change.coupon ?? []),
    ),
    updateSupplierRequests(
      tx,
      changes.map((change) => change.request),
    ),
    insertNotifications(
      tx,
      changes.flatMap((change) => change.notifications ?? []),
    ),
    addToDailyTotals(tx, sumTotals(totals, now)),
    insertAudit(
      tx,
      changes.flatMap((change) => change.audit ?? []),
    ),
  ])
}
