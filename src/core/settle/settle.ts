import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { CoreContext } from '../batch/context.ts'
import { refuse } from '../command/errors.ts'
import { confirmed, denied } from './confirm.ts'
import type { SettleCommand, SettleOutcome } from '../command/settle.ts'
import { loadSettle, outcomeOf, type SettleWorld } from './load.ts'
import { lookedUp } from './look-up.ts'
import { failed, made } from './make.ts'
import { nextAskAt } from './schedule.ts'
import type { Decided, Verb } from '../batch/verb.ts'

export function createSettle(core: CoreContext): Verb<SettleCommand, SettleWorld, SettleOutcome> {
  return {
    name: 'settle',
    load: (tx, commands, setup) => loadSettle(core, tx, commands, setup),
    decide: decideSettle,
  }
}

function decideSettle(world: SettleWorld, command: SettleCommand, now: Date): Decided<SettleOutcome> {
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
    const accepted =
      request.kind === 'make' ? made(world, request, said.codes, command, now) : confirmed(world, request, command, now)
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
  return { outcome: outcomeOf(world, request, []), change: { supplierRequests: [{ ...request }] } }
}
