import type { Core } from '../core/core.ts'
import { redeemAskOf } from '../core/foreign/redeem.ts'
import type { Prepare } from '../core/foreign/foreign.ts'
import { stepOf, type ForeignSaid, type ForeignStep, type SealedDetails } from '../core/foreign/settle.ts'
import type { AskableSupplier } from '../core/supplier/supplier-of.ts'
import {
  claimForeignRedemptions,
  postponeForeignRedemption,
  type ForeignRedemptionRow,
} from '../db/foreign-redemptions.ts'
import type { Keyring } from '../keyring.ts'
import type { CodeAnswer, Redeemer, ReverseAnswer, Supplier, SupplierLimits } from '../suppliers/supplier.ts'
import { createAskingDesk, settleCommand, type AskingDesk, type AskingDeskOptions } from './asking-desk.ts'
import type { Question } from './supplier-gate.ts'

const largestClaim = 50

/**
 * Asks suppliers about codes of their own. What each step gave is written down before the next one is asked, so that a
 * step is repeated with what it had.
 */
export function createForeignDesk(core: Core, { gate, lanes }: AskingDeskOptions): AskingDesk {
  const { hub } = core

  async function handle(row: ForeignRedemptionRow): Promise<void> {
    const step = stepOf(row)
    if (step === undefined) return
    const { lane, no, claimId } = row
    const heard = await gate.ask(row, (supplier) => questionOf(core, supplier, row, step))
    if (heard.kind === 'later') return postpone(row, heard.at)
    const said = heard.kind === 'said' ? saidOf(hub.keyring, step, heard.said) : { ...heard, step }
    const command = { ...settleCommand(hub, row), redemption: { lane, no }, said }
    const { redemption } = await core.foreign.settle(command)
    // Where another process has it by now, that one goes on.
    if (claimId !== null && redemption.claimId === claimId) return handle(redemption)
  }

  const postpone = async ({ lane, no, claimId }: ForeignRedemptionRow, dueAt: Date): Promise<void> => {
    if (claimId !== null) await postponeForeignRedemption(hub.database.sql, { lane, no, claimId, dueAt })
  }

  const prepare: Prepare = async (asked) => {
    const heard = await gate.ask(asked, ({ adapter, settings }) => ({
      ask: (send) => redeemerOf(adapter).prepare(settings, asked, send),
    }))
    if (heard.kind === 'said') return heard.said
    return heard.kind === 'unknown' ? heard : { kind: 'unknown', reason: 'it is not asked now' }
  }

  return createAskingDesk<ForeignRedemptionRow>(hub, lanes, {
    claim: (tx, claim) => claimForeignRedemptions(tx, { ...claim, limit: largestClaim }),
    fullClaim: largestClaim,
    handle,
    listen: (take) => {
      core.foreign.pending.listen(take)
      core.foreign.prepareBy(prepare)
    },
  })
}

function redeemerOf({ kind, redeemer }: Supplier): Redeemer<SupplierLimits> {
  if (redeemer === undefined) throw new Error(`a supplier of kind ${kind} has no codes of its own`)
  return redeemer
}

function questionOf(
  { hub, setup }: Core,
  { adapter, settings }: AskableSupplier,
  { code, memo, ...row }: ForeignRedemptionRow,
  step: ForeignStep,
): Question<CodeAnswer | ReverseAnswer> {
  const { decrypt } = hub.keyring
  const opened = { code: decrypt(code), memo: memo === null ? undefined : decrypt(memo) }
  const asked = redeemAskOf(setup.current(), { ...row, ...opened, at: row.createdAt })
  return { ask: (send) => redeemerOf(adapter)[step](settings, asked, send) }
}

function saidOf(keyring: Keyring, step: ForeignStep, answer: CodeAnswer | ReverseAnswer): ForeignSaid {
  if (answer.kind === 'unknown') return { step, ...answer }
  if (answer.kind === 'refused') return { step, kind: 'refused', words: answer.message, reason: answer.reason }
  return { step, kind: 'accepted', details: sealDetails(keyring, answer) }
}

const sealDetails = ({ encrypt }: Keyring, answer: CodeAnswer | ReverseAnswer): SealedDetails => {
  const { memo, ...details } = { memo: undefined, ...answer }
  return { ...details, memo: memo === undefined ? null : encrypt(memo) }
}
