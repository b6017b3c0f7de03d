import type { Core } from '../core/core.ts'
import { askableSupplier, type AskableSupplier } from '../core/supplier/supplier-of.ts'
import { createBreakers, type Breakers } from '../http-out/breakers.ts'
import { messageOf } from '../http-out/send.ts'
import { within } from '../time/waiting.ts'
import type { Hub } from '../hub.ts'
import type { SupplierHttpAnswer, SupplierHttpRequest, SupplierSend } from '../suppliers/supplier.ts'
import { createTurns, createTurnstile, type Turns, type Turnstile } from './turns.ts'

/** What came of asking a supplier: what it said, nothing in time, or that it is not to be asked before then. */
type Heard<Said> = { kind: 'said'; said: Said } | { kind: 'unknown'; reason: string } | { kind: 'later'; at: Date }

/** What a supplier is to be asked: whose turn it has to be for that, where it matters, and how it is asked once. */
export type Question<Said> = { turn?: string | undefined; ask: (send: SupplierSend) => Promise<Said> }

/** Puts a question together; what throws or rejects here leaves it unknown what will become of it. */
type Put<Said> = (supplier: AskableSupplier) => Question<Said> | Promise<Question<Said>>

/** Whom a question goes to, and the number that it is asked by. */
type About = { supplierId: string; no: string }

/** The way to suppliers: no harder than each may be pressed, and not to one that does not answer. */
export type SupplierGate = {
  /**
   * Asks when it is this question's turn, and waits as long as the supplier is waited for. Rejects only where the
   * database does, for a question that has a turn.
   */
  ask: <Said>(about: About, put: Put<Said>) => Promise<Heard<Said>>
}

/** Sends until it is answered, or given up. */
type WayOut = (request: SupplierHttpRequest, givenUp: AbortSignal) => Promise<SupplierHttpAnswer>

/** What the questions of one process share. */
type Gate = { hub: Hub; send: WayOut; breakers: Breakers; turns: Turns }

const unknownKindPauseMilliseconds = 60_000
const busyPauseMilliseconds = 1_000

/**
 * Makes the gate of one process: whatever a supplier is asked goes through it, since its limits hold for all of that
 * together. @param send the way out; it never rejects. It stays the caller's to close.
 */
export function createSupplierGate({ hub, setup }: Core, send: WayOut): SupplierGate {
  const gate: Gate = { hub, send, breakers: createBreakers(), turns: createTurns(hub) }
  const turnstiles = new Map<string, Turnstile>()

  function turnstileOf(supplierId: string): Turnstile {
    const turnstile = turnstiles.get(supplierId) ?? createTurnstile(hub.now)
    turnstiles.set(supplierId, turnstile)
    return turnstile
  }

  return {
    ask: async (about, put) => {
      const { supplierId } = about
      const row = setup.current().suppliers.get(supplierId)
      const supplier = row && askableSupplier(hub, row)
      if (supplier === undefined) {
        hub.log.error({ supplierId }, 'this program does not know how to ask the supplier')
        return later(hub, unknownKindPauseMilliseconds)
      }
      const question = await putTogether(put, supplier)
      const leave = await turnstileOf(supplierId).pass(supplier.settings)
      if (leave === undefined) return later(hub, busyPauseMilliseconds)
      try {
        return await askInTurn(gate, about, supplier, question)
      } finally {
        leave()
      }
    },
  }
}

const later = ({ now }: Hub, milliseconds: number) => ({
  kind: 'later' as const,
  at: new Date(now().getTime() + milliseconds),
})

async function putTogether<Said>(put: Put<Said>, supplier: AskableSupplier): Promise<Question<Said>> {
  try {
    return await put(supplier)
  } catch (error) {
    return { ask: () => Promise.reject(error) }
  }
}

async function askInTurn<Said>(
  gate: Gate,
  about: About,
  supplier: AskableSupplier,
  question: Question<Said>,
): Promise<Heard<Said>> {
  const { hub, turns, breakers } = gate
  const leave = await turns.take(about.supplierId, question.turn)
  if (leave === undefined) return later(hub, busyPauseMilliseconds)
  const permit = breakers.mayTry(about.supplierId, hub.now())
  if (!permit.ok) {
    await leave()
    return { kind: 'later', at: permit.retryAt }
  }
  // The turn lasts until the asking has ended: what is given up is told to end at once.
  return askInTime(gate, about, supplier, async (way) => {
    try {
      return await question.ask(way)
    } finally {
      await leave()
    }
  })
}

async function askInTime<Said>(
  { hub, send, breakers }: Gate,
  { supplierId, no }: About,
  { settings }: AskableSupplier,
  ask: Question<Said>['ask'],
): Promise<Heard<Said>> {
  let isReached = true
  const controller = new AbortController()
  const watched: SupplierSend = async (request) => {
    const answer = await send(request, controller.signal)
    isReached = answer.kind === 'answered' && answer.status < 500 && answer.status !== 429
    return answer
  }
  let heard: Heard<Said> = { kind: 'unknown', reason: 'it did not answer in time' }
  try {
    const answered = await within(settings.timeoutSeconds * 1000, ask(watched))
    if (answered === undefined) isReached = false
    else heard = { kind: 'said', said: answered.value }
  } catch (error) {
    hub.log.error({ err: error, supplierId, requestNo: no }, 'a supplier could not be asked')
    heard = { kind: 'unknown', reason: messageOf(error) }
  }
  // A socket that hangs keeps neither the turn nor the connection of those who come next.
  controller.abort()
  if (isReached) breakers.succeeded(supplierId, hub.now())
  else breakers.failed(supplierId, hub.now())
  return heard
}
