import { randomUUID } from 'node:crypto'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'

/**
 * What this process has decided and somebody has to ask a supplier about. Who asks listens here; who waits for the
 * outcome is woken when it is written. Nothing is lost with it: the requests are rows.
 */
export type Pending<Settled, Asked extends { no: string } = SupplierRequestRow> = {
  /** Hears of requests that this process has just made and claimed. There is one listener. */
  listen: (listener: (request: Asked) => void) => void
  /** The claim for a request that is asked at once; none where nobody listens, so that another process may ask. */
  claim: (now: Date) => { claimId: string; claimedUntil: Date } | { claimId: null; claimedUntil: null }
  /** Hands a request to the listener and waits until it is settled; undefined where that takes too long. */
  await: (request: Asked, milliseconds: number) => Promise<Settled | undefined>
  /** Waits for a request that is in somebody's hands already. */
  wait: (requestNo: string, milliseconds: number) => Promise<Settled | undefined>
  /** Wakes who waits for a request. */
  settled: (requestNo: string, outcome: Settled) => void
}

/** Longer than any supplier is waited for. */
export const askClaimSeconds = 90

export function createPending<Settled, Asked extends { no: string } = SupplierRequestRow>(): Pending<Settled, Asked> {
  const claimId = randomUUID()
  const waiting = new Map<string, Set<(outcome: Settled) => void>>()
  let listener: ((request: Asked) => void) | undefined
  const wait: Pending<Settled, Asked>['wait'] = (no, milliseconds) =>
    new Promise((resolve) => {
      const waiters = waiting.get(no) ?? new Set()
      waiting.set(no, waiters)
      const end = (outcome?: Settled): void => {
        clearTimeout(timer)
        waiters.delete(end)
        if (waiters.size === 0) waiting.delete(no)
        resolve(outcome)
      }
      const timer = setTimeout(end, milliseconds)
      waiters.add(end)
    })
  return {
    listen: (given) => {
      listener = given
    },
    claim: (now) =>
      listener === undefined
        ? { claimId: null, claimedUntil: null }
        : { claimId, claimedUntil: new Date(now.getTime() + askClaimSeconds * 1000) },
    await: (request, milliseconds) => {
      const settled = wait(request.no, milliseconds)
      listener?.(request)
      return settled
    },
    wait,
    settled: (requestNo, outcome) => {
      for (const end of waiting.get(requestNo) ?? []) end(outcome)
    },
  }
}
