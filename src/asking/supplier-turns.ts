import { randomUUID } from 'node:crypto'
import { askClaimSeconds } from '../core/batch/pending.ts'
import { leaveSupplierTurn, takeSupplierTurn } from '../db/supplier-turns.ts'
import type { Hub } from '../hub.ts'

/** The turns at suppliers that must not be asked twice at once about the same, among all processes. */
export type Turns = {
  /** Takes a turn, and answers how to leave it, which never rejects; undefined where somebody else has it. Without a name it is free. */
  take: (supplierId: string, turn: string | undefined) => Promise<(() => Promise<void>) | undefined>
}

// A name can hold who somebody is: only its keyed hash is written down.
export function createTurns({ database: { sql }, keyring, log, now }: Hub): Turns {
  return {
    take: async (supplierId, turn) => {
      if (turn === undefined) return () => Promise.resolve()
      const keyHash = keyring.hash('turn', `${supplierId} ${turn}`)
      const claimId = randomUUID()
      // As long as a claim on a request: whoever has been away for longer has lost that, too.
      const claimedUntil = new Date(now().getTime() + askClaimSeconds * 1000)
      if (!(await takeSupplierTurn(sql, { keyHash, claimId, claimedUntil }, now()))) return undefined
      return () =>
        leaveSupplierTurn(sql, { keyHash, claimId }).catch((error: unknown) =>
          log.warn({ err: error, supplierId }, 'a turn at a supplier could not be left; it runs out by itself'),
        )
    },
  }
}
