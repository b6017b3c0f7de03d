import { randomUUID } from 'node:crypto'
import type { SupplierRequestRow } from '../../db/supplier-requests.ts'

/**
 * What this process has decided and somebody has to ask a supplier about. Who asks listens here; who waits for the
 * outcome is woken when it is written. Nothing is lost with it: the requests are rows.
 */
export type Pending<Settled, Asked extends { no: string } = SupplierRequestRow> = {
  /** Hears of requests that this process has just made and claimed. There is one listener. */
  listen: (listener: (request: Asked) => void) => void
  /** By which this process claims what it asks at once; null where nobody listens, so that another process may ask. */
  claimId: () => string | null
  /** Hands a request to the listener and waits until it is settled; undefined where that takes too long. */
  await: (request: Asked, milliseconds: number) => Promise<Settled | undefined>
  /** Waits for a request that is in somebody's hands already. */
  wait: (requestNo: string, milliseconds: number) => Promise<Settled | undefined>
  /** Wakes who waits for a request. */
  settled: (requestNo: string, outcome: Settled) => void
}

/** Longer than any supplier is waited for. */
export const askClaimSeconds = 90

/** Until when what is asked from now on is claimed. */
export const claimEnd = (now: Date): Date => new Date(now.getTime() + askClaimSeconds * 1000)

/** A claim on what is about to be asked; none by null. */
export const claimBy = (claimId: string | null, now: Date) =>
  claimId === null ? { claimId, claimedUntil: null } : { claimId, claimedUntil: claimEnd(now) }

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
    claimId: () => (listener === undefined ? null : claimId),
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
