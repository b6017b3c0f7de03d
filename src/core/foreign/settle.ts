import {
  lockForeignRedemptions,
  type ForeignRedemptionName,
  type ForeignRedemptionRow,
} from '../../db/foreign-redemptions.ts'
import type { CodeDetails, RefusalReason } from '../../suppliers/supplier.ts'
import type { CoreContext, Decided, Verb } from '../batch/verb.ts'
import { type ErrorCode, refuse } from '../command/errors.ts'
import { auditRow, type Operator, type Command } from '../command/command.ts'
import { claimEnd } from '../batch/pending.ts'
import { nextAskAt } from '../settle/settle.ts'

/** What a supplier is asked of a code, one after the other. */
export type ForeignStep = 'prepare' | 'redeem' | 'reverse'

/** Details as a supplier gave them; its memo was sealed when it was received. */
export type SealedDetails = Omit<CodeDetails, 'memo'> & { memo: Buffer | null }

/** What a supplier said, or an operator in its place. */
export type ForeignSaid = { step: ForeignStep } & (
  | { kind: 'accepted'; details: SealedDetails }
  | { kind: 'refused'; words: string; reason?: RefusalReason | undefined }
  | { kind: 'unknown'; reason: string }
)

/** Write down what a supplier said of a code. Only a clear yes or no ends a step. */
export type SettleForeignCommand = Command & {
  redemption: ForeignRedemptionName
  said: ForeignSaid
  /** Who decides in the supplier's place; absent: it is the supplier's own answer. */
  operator?: Operator | undefined
}

export type Refusal = { code: ErrorCode; words: string }

export type SettleForeignOutcome = {
  redemption: ForeignRedemptionRow
  /** False where somebody else had heard the end of that step already. */
  isHeard: boolean
  /** Why the redemption could not be taken back. */
  refusal?: Refusal
}

type World = { redemptions: Map<string, ForeignRedemptionRow>; timeFactor: number }
type Settled = Decided<SettleForeignOutcome>

/** What is to be asked next of a redemption that is under way. */
export function stepOf({ state, preparedAt }: ForeignRedemptionRow): ForeignStep | undefined {
  if (state === 'reversing') return 'reverse'
  if (state !== 'pending') return undefined
  return preparedAt === null ? 'prepare' : 'redeem'
}

export function createSettleForeign(core: CoreContext): Verb<SettleForeignCommand, World, SettleForeignOutcome> {
  return {
    name: 'settle-foreign',
    load: async (tx, commands) => {
      const rows = await lockForeignRedemptions(
        tx,
        commands.map(({ redemption }) => redemption),
      )
      const redemptions = new Map(rows.map((row) => [row.no, row]))
      return { redemptions, timeFactor: core.hub.config.timeFactor }
    },
    decide,
  }
}

function decide(world: World, command: SettleForeignCommand, now: Date): Settled {
  const { said, operator } = command
  const redemption = world.redemptions.get(command.redemption.no)
  if (redemption === undefined) return refuse('setup_not_found', `there is no redemption ${command.redemption.no}`)
  if (stepOf(redemption) !== said.step) return { outcome: { redemption: { ...redemption }, isHeard: false } }
  const before = { state: redemption.state }
  const refusal = write(world, redemption, said, now)
  const after = { state: redemption.state, ...(said.kind === 'refused' ? { failure: said.words } : {}) }
  const audit =
    operator === undefined
      ? []
      : [auditRow(command, operator, 'supplier.give-up', 'redemption', redemption.no, before, after, now)]
  const outcome = { redemption: { ...redemption }, isHeard: true, ...(refusal === undefined ? {} : { refusal }) }
  return { outcome, change: { foreignRedemptions: [{ ...redemption }], audit } }
}

function write(world: World, row: ForeignRedemptionRow, said: ForeignSaid, now: Date) {
  if (said.kind === 'unknown') return askAgain(row, said.reason, world.timeFactor, now)
  if (said.kind === 'refused') {
    const refusal = { code: said.reason ?? 'supplier_rejected', words: said.words.slice(0, 500) } as const
    return said.step === 'reverse' ? stand(row, refusal) : fail(row, refusal, now)
  }
  if (said.step === 'prepare') return prepared(row, said.details, now)
  return said.step === 'redeem' ? used(row, said.details, now) : reversed(row, now)
}

function learn(row: ForeignRedemptionRow, { memo, name, faceValueFen, settleAmountFen }: SealedDetails): void {
  row.memo = memo
  row.name = name ?? row.name
  row.faceValueFen = faceValueFen ?? row.faceValueFen
  row.settleAmountFen = settleAmountFen ?? row.settleAmountFen
}

// Whoever asked has the claim still, and time for the next step.
function prepared(row: ForeignRedemptionRow, details: SealedDetails, now: Date): undefined {
  learn(row, details)
  row.preparedAt = now
  if (row.claimId !== null) row.claimedUntil = claimEnd(now)
}

function used(row: ForeignRedemptionRow, details: SealedDetails, now: Date): undefined {
  learn(row, details)
  row.usesLeft = details.usesLeft ?? null
  row.settledAt = now
  if (row.cancelledAt !== null) return beginReversal(row, row.cancelledAt, now)
  row.state = 'succeeded'
  row.isHolding = isUsedUp(row)
  rest(row, 'used')
}

const isUsedUp = ({ usesLeft }: ForeignRedemptionRow): boolean => usesLeft === null || usesLeft === 0

/** Has the supplier asked to take a use back, from now on; the claim is as it was. */
export function beginReversal(row: ForeignRedemptionRow, cancelledAt: Date, now: Date): undefined {
  Object.assign(row, { state: 'reversing', cancelledAt, attempts: 0, dueAt: now })
  if (row.claimId !== null) row.claimedUntil = claimEnd(now)
}

function fail(row: ForeignRedemptionRow, { code, words }: Refusal, now: Date): undefined {
  Object.assign(row, { state: 'failed', isHolding: false, failureCode: code, failure: words, settledAt: now })
  rest(row, words)
}

function stand(row: ForeignRedemptionRow, refusal: Refusal): Refusal {
  Object.assign(row, { state: 'succeeded', cancelledAt: null, isHolding: row.isHolding && isUsedUp(row) })
  rest(row, refusal.words)
  return refusal
}

/** Ends a redemption as one that used nothing, or nothing any more. */
export function reversed(row: ForeignRedemptionRow, now: Date): undefined {
  Object.assign(row, { state: 'reversed', isHolding: false, reversedAt: now })
  rest(row, 'taken back')
}

function rest(row: ForeignRedemptionRow, answer: string): void {
  Object.assign(row, { attempts: row.attempts + 1, dueAt: null, claimId: null, claimedUntil: null, lastAnswer: answer })
}

// Unknown: the same number is asked again after a growing wait, and in the end an operator sees it.
function askAgain(row: ForeignRedemptionRow, reason: string, timeFactor: number, now: Date): undefined {
  rest(row, reason.slice(0, 500))
  row.dueAt = nextAskAt(row.attempts, now, timeFactor) ?? null
}
