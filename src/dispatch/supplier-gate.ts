import type { Core } from '../core/core.ts'
import { askableSupplier, type AskableSupplier } from '../core/supplier-of.ts'
import type { SupplierSend } from '../suppliers/supplier.ts'
import { createBreakers } from './breakers.ts'
import { messageOf } from './send-failure.ts'
import { createTurnstile, type Turnstile } from './turnstile.ts'
import { within } from './waiting.ts'

/** What came of asking a supplier: what it said, nothing in time, or that it is not to be asked before then. */
export type Heard<Said> =
  { kind: 'said'; said: Said } | { kind: 'unknown'; reason: string } | { kind: 'later'; at: Date }

/** The way to suppliers: no harder than each may be pressed, and not to one that does not answer. */
export type SupplierGate = {
  /** Asks when it is this question's turn, and waits as long as the supplier is waited for. Never rejects. */
  ask: <Said>(supplierId: string, question: Question<Said>) => Promise<Heard<Said>>
}
export type Question<Said> = (supplier: AskableSupplier, send: SupplierSend) => Promise<Said>

const unknownKindPauseMilliseconds = 60_000
const fullPauseMilliseconds = 1_000

/** Makes the gate of one process. @param send the way out; it never rejects. */
export function createSupplierGate({ hub, setup }: Core, send: SupplierSend): SupplierGate {
  const breakers = createBreakers()
  const turnstiles = new Map<string, Turnstile>()
  const inMilliseconds = (count: number): Date => new Date(hub.now().getTime() + count)

  function turnstileOf(supplierId: string): Turnstile {
    const turnstile = turnstiles.get(supplierId) ?? createTurnstile(hub.now)
    turnstiles.set(supplierId, turnstile)
    return turnstile
  }

  async function ask<Said>(supplierId: string, question: Question<Said>): Promise<Heard<Said>> {
    const row = setup.current().suppliers.get(supplierId)
    const supplier = row && askableSupplier(hub, row)
    if (supplier === undefined) {
      hub.log.error({ supplierId }, 'this program does not know how to ask the supplier')
      return { kind: 'later', at: inMilliseconds(unknownKindPauseMilliseconds) }
    }
    const leave = await turnstileOf(supplierId).pass(supplier.settings)
    if (leave === undefined) return { kind: 'later', at: inMilliseconds(fullPauseMilliseconds) }
    try {
      const permit = breakers.mayTry(supplierId, hub.now())
      return permit.ok ? await askNow(supplierId, supplier, question) : { kind: 'later', at: permit.retryAt }
    } finally {
      leave()
    }
  }

  async function askNow<Said>(
    supplierId: string,
    supplier: AskableSupplier,
    question: Question<Said>,
  ): Promise<Heard<Said>> {
    let isReached = true
    const watched: SupplierSend = async (request) => {
      const answer = await send(request)
      isReached = answer.kind === 'answered' && answer.status < 500 && answer.status !== 429
      return answer
    }
    let heard: Heard<Said> = { kind: 'unknown', reason: 'it did not answer in time' }
    const asking = async (): Promise<void> => {
      heard = { kind: 'said', said: await question(supplier, watched) }
    }
    try {
      const isInTime = await within(supplier.settings.timeoutSeconds * 1000, asking())
      if (!isInTime) isReached = false
    } catch (error) {
      hub.log.error({ err: error, supplierId }, 'a supplier could not be asked')
      heard = { kind: 'unknown', reason: messageOf(error) }
    }
    if (isReached) breakers.succeeded(supplierId, hub.now())
    else breakers.failed(supplierId, hub.now())
    return heard
  }

  return { ask }
}
