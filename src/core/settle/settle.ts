import type { SupplierRequestRow } from '../../db/supplier-requests.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { refuse } from '../command/errors.ts'
import type { SettleCommand, SettleOutcome } from '../command/settle.ts'
import { confirmed, denied, lookedUp, failed, made } from './answers.ts'
import { loadSettle, outcomeOf, type SettleWorld } from './load.ts'

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

/** Waits before a supplier is asked again after an answer that left it unknown: a day in all, then an operator decides. */
export const askAgainSeconds = [
  2, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 1800, 3600, 3600, 7200, 7200, 10_800, 10_800, 14_400, 14_400,
] as const

/** When to ask for the next time after so many attempts; undefined where there were enough. */
export function nextAskAt(attempts: number, now: Date, timeFactor: number): Date | undefined {
  const seconds = askAgainSeconds[attempts - 1]
  return seconds === undefined ? undefined : new Date(now.getTime() + (seconds * 1000) / timeFactor)
}
