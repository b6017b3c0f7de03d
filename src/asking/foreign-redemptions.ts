import type { Core } from '../core/core.ts'
import { redeemAskOf } from '../core/foreign/redeem.ts'
import type { Prepare } from '../core/foreign/foreign.ts'
import { stepOf, type ForeignSaid, type ForeignStep, type SealedDetails } from '../core/foreign/settle.ts'
import type { AskableSupplier } from '../core/supplier/supplier-of.ts'
import { claimForeignRedemptions, type ForeignRedemptionRow } from '../db/foreign-redemptions.ts'
import type { Keyring } from '../keyring.ts'
import type { CodeAnswer, Redeemer, ReverseAnswer, Supplier, SupplierLimits } from '../suppliers/supplier.ts'
import { createAsking, settleCommand, type Asking, type AskingOptions } from './queue.ts'
import type { Question, SupplierGate } from './supplier-gate.ts'

const largestClaim = 50

/**
 * Asks suppliers about codes of their own. What each step gave is written down before the next one is asked, so that a
 * step is repeated with what it had.
 */
export function createForeignAsking(core: Core, { gate, lanes }: AskingOptions): Asking {
  return createAsking<ForeignRedemptionRow>(core.hub, lanes, {
    queue: 'foreign_redemptions',
    claim: (tx, claim) => claimForeignRedemptions(tx, { ...claim, limit: largestClaim }),
    fullClaim: largestClaim,
    handle: (row) => askSteps(core, gate, row),
    listen: (take) => {
      core.foreign.pending.listen(take)
      core.foreign.prepareBy(prepareThrough(gate))
    },
  })
}

/** Asks step by step, as long as this process has the redemption. */
async function askSteps(core: Core, gate: SupplierGate, first: ForeignRedemptionRow) {
  const { hub } = core
  let row = first
  for (let step = stepOf(row); step !== undefined; step = stepOf(row)) {
    const asked = { row, step }
    const { lane, no, claimId } = row
    const heard = await gate.ask(row, (supplier) => questionOf(core, supplier, asked.row, asked.step))
    if (heard.kind === 'later') return { postponed: row, until: heard.at }
    const said = heard.kind === 'said' ? saidOf(hub.keyring, step, heard.said) : { ...heard, step }
    const { redemption } = await core.foreign.settle({ ...settleCommand(hub, row), redemption: { lane, no }, said })
    // Where another process has it by now, that one goes on.
    if (claimId === null || redemption.claimId !== claimId) return undefined
    row = redemption
  }
  return undefined
}

const prepareThrough =
  (gate: SupplierGate): Prepare =>
  async (asked) => {
    const heard = await gate.ask(asked, ({ adapter, settings }) => ({
      ask: (send) => redeemerOf(adapter).prepare(settings, asked, send),
    }))
    if (heard.kind === 'said') return heard.said
    return heard.kind === 'unknown' ? heard : { kind: 'unknown', reason: 'it is not asked now' }
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
