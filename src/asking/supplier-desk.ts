import type { Core } from '../core/core.ts'
import { claimSupplierRequests, postponeSupplierRequest, type SupplierRequestRow } from '../db/supplier-requests.ts'
import { createAskingDesk, settleCommand, type AskingDesk, type AskingDeskOptions } from './asking-desk.ts'
import { questionOf } from './supplier-ask.ts'

const largestClaim = 50
// Few at a time: what holders wait for stands in the same line.
const largestLookUpClaim = 10

/** Asks suppliers about coupons of ours: to make them, to confirm their use, and what became of them. */
export function createSupplierDesk(core: Core, { gate, lanes }: AskingDeskOptions): AskingDesk {
  const { hub } = core

  async function handle(request: SupplierRequestRow): Promise<void> {
    const heard = await gate.ask(request, (supplier) => questionOf(core, supplier, request))
    if (heard.kind === 'later') return postpone(request, heard.at)
    const said = heard.kind === 'said' ? heard.said : heard
    const { lane, no } = request
    await core.settle({ ...settleCommand(hub, request), request: { lane, no }, said })
  }

  const postpone = async ({ lane, no, claimId }: SupplierRequestRow, dueAt: Date): Promise<void> => {
    if (claimId !== null) await postponeSupplierRequest(hub.database.sql, { lane, no, claimId, dueAt })
  }

  return createAskingDesk<SupplierRequestRow>(hub, lanes, {
    claim: async (tx, claim) => {
      const claimed = await Promise.all([
        claimSupplierRequests(tx, { ...claim, isLookUp: false, limit: largestClaim }),
        claimSupplierRequests(tx, { ...claim, isLookUp: true, limit: largestLookUpClaim }),
      ])
      return claimed.flat()
    },
    fullClaim: largestLookUpClaim,
    handle,
    listen: core.pending.listen,
  })
}
