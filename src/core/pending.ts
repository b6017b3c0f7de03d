import { randomUUID } from 'node:crypto'
import type { SupplierRequestRow } from '../db/supplier-requests.ts'

/**
 * What this process has decided and somebody has to ask a supplier about. Who asks listens here; who waits for the
 * outcome is woken when it is written. Nothing is lost with it: the requests are rows.
 */
export type Pending<Settled> = {
  /** Hears of requests that this process has just made and claimed. There is one listener. */
  listen: (listener: (request: SupplierRequestRow) => void) => void
  /** The claim for a request that is asked at once; none where nobody listens, so that another process may ask. */
  claim: (now: Date) => { claimId: string; claimedUntil: Date } | { claimId: null; claimedUntil: null }
  /** Hands a request to the listener and waits until it is settled; undefined where that takes too long. */
  await: (request: SupplierRequestRow, milliseconds: number) => Promise<Settled | undefined>
  /** Wakes who waits for a request. */
  settled: (requestNo: string, outcome: Settled) => void
}

/** Longer than any supplier is waited for. */
export const askClaimSeconds = 90

export function createPending<Settled>(): Pending<Settled> {
  const claimId = randomUUID()
  const waiting = new Map<string, (outcome: Settled) => void>()
  let listener: ((request: SupplierRequestRow) => void) | undefined
  return {
    listen: (given) => {
      listener = given
    },
    claim: (now) =>
      listener === undefined
        ? { claimId: null, claimedUntil: null }
        : { claimId, claimedUntil: new Date(now.getTime() + askClaimSeconds * 1000) },
    await: (request, milliseconds) =>
      new Promise((resolve) => {
        const end = (outcome?: Settled): void => {
          clearTimeout(timer)
          waiting.delete(request.no)
          resolve(outcome)
        }
        const timer = setTimeout(end, milliseconds)
        waiting.set(request.no, end)
        listener?.(request)
      }),
    settled: (requestNo, outcome) => waiting.get(requestNo)?.(outcome),
  }
}
