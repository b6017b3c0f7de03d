import { randomUUID } from 'node:crypto'
import type { Core } from '../core/core.ts'
import { redeemAskOf } from '../core/foreign/ask.ts'
import { stepOf, type ForeignSaid, type ForeignStep, type SealedDetails } from '../core/foreign/settle.ts'
import { laneIndexOf } from '../core/lanes.ts'
import { makeNumber } from '../core/numbers.ts'
import { askClaimSeconds } from '../core/pending.ts'
import {
  claimForeignRedemptions,
  postponeForeignRedemption,
  type ForeignRedemptionRow,
} from '../db/foreign-redemptions.ts'
import { beginBatch } from '../db/set-up.ts'
import type { Keyring } from '../keyring.ts'
import type { CodeAnswer, Redeemer, ReverseAnswer, Supplier, SupplierLimits } from '../suppliers/supplier.ts'
import type { SupplierDesk, SupplierDeskOptions } from './supplier-desk.ts'
import { createSupplierGate, type Question } from './supplier-gate.ts'
import { createNap, within } from './waiting.ts'

const largestClaim = 50
const napMilliseconds = 1_000
const stopMilliseconds = 5_000
const settleSeconds = 30

/**
 * Asks suppliers about codes of their own: at once where a till waits, and again what has been unknown for long enough.
 * What each step gave is written down before the next one is asked, so that a step is repeated with what it had.
 */
export function createForeignDesk(core: Core, { send, lanes }: SupplierDeskOptions): SupplierDesk {
  const { hub } = core
  const gate = createSupplierGate(core, send)
  const underWay = new Set<Promise<unknown>>()
  const nap = createNap()
  let isStopping = false
  let running: Promise<void> | undefined

  async function handle(row: ForeignRedemptionRow): Promise<void> {
    const step = stepOf(row)
    if (step === undefined) return
    const { lane, no, claimId } = row
    const heard = await gate.ask(row.supplierId, questionOf(core, row, step))
    if (heard.kind === 'later') return postpone(row, heard.at)
    const said = heard.kind === 'said' ? saidOf(hub.keyring, step, heard.said) : { ...heard, step }
    const now = hub.now()
    const deadline = new Date(now.getTime() + settleSeconds * 1000)
    const command = { no: makeNumber(laneIndexOf(lane), now), deadline, redemption: { lane, no }, said }
    const { redemption } = await core.foreign.settle(command)
    // Where another process has it by now, that one goes on.
    if (claimId !== null && redemption.claimId === claimId) return handle(redemption)
  }

  const postpone = async ({ lane, no, claimId }: ForeignRedemptionRow, dueAt: Date): Promise<void> => {
    if (claimId !== null) await postponeForeignRedemption(hub.database.sql, { lane, no, claimId, dueAt })
  }

  // What could not be written down is asked again, by its number, when its claim has run out.
  function take(row: ForeignRedemptionRow): Promise<void> {
    const work = handle(row)
      .catch((error: unknown) => hub.log.error({ err: error, redemptionNo: row.no }, 'a supplier’s answer was lost'))
      .finally(() => underWay.delete(work))
    underWay.add(work)
    return work
  }

  async function claimDue(): Promise<ForeignRedemptionRow[]> {
    const held = await lanes()
    if (held.length === 0) return []
    const now = hub.now()
    const claimedUntil = new Date(now.getTime() + askClaimSeconds * 1000)
    return hub.database.transaction(async (tx) => {
      const claim = { lanes: held, now, limit: largestClaim, claimId: randomUUID(), claimedUntil }
      const [, claimed] = await Promise.all([beginBatch(tx), claimForeignRedemptions(tx, claim)])
      return claimed
    })
  }

  async function run(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      try {
        const claimed = await claimDue()
        for (const row of claimed) void take(row)
        if (claimed.length === largestClaim) await within(napMilliseconds, Promise.all(underWay))
        else await nap.sleep(napMilliseconds)
      } catch (error) {
        hub.log.error({ err: error }, 'no redemptions could be claimed for their suppliers; they will be tried again')
        await nap.sleep(napMilliseconds)
      }
    }
  }

  return {
    start: () => {
      core.foreign.pending.listen((row) => void take(row))
      core.foreign.prepareBy(async (ask) => {
        const heard = await gate.ask(ask.supplierId, ({ adapter, settings }, way) =>
          redeemerOf(adapter).prepare(settings, ask, way),
        )
        if (heard.kind === 'said') return heard.said
        return heard.kind === 'unknown' ? heard : { kind: 'unknown', reason: 'it is not asked now' }
      })
      running ??= run(() => isStopping)
    },
    stop: async () => {
      isStopping = true
      nap.wake()
      await running
      await within(stopMilliseconds, Promise.all(underWay))
    },
    tick: async () => {
      const claimed = await claimDue()
      await Promise.all(claimed.map(take))
      return claimed.length
    },
  }
}

function redeemerOf({ kind, redeemer }: Supplier): Redeemer<SupplierLimits> {
  if (redeemer === undefined) throw new Error(`a supplier of kind ${kind} has no codes of its own`)
  return redeemer
}

const questionOf =
  (
    { hub, setup }: Core,
    { code, memo, ...row }: ForeignRedemptionRow,
    step: ForeignStep,
  ): Question<CodeAnswer | ReverseAnswer> =>
  ({ adapter, settings }, send) => {
    const { decrypt } = hub.keyring
    const opened = { code: decrypt(code), memo: memo === null ? undefined : decrypt(memo) }
    const asked = { ...row, ...opened, at: row.createdAt }
    return redeemerOf(adapter)[step](settings, redeemAskOf(setup.current(), asked), send)
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
