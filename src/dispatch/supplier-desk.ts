import { randomUUID } from 'node:crypto'
import type { Core } from '../core/core.ts'
import { makeNumber } from '../core/numbers.ts'
import { laneIndexOf } from '../core/lanes.ts'
import { askClaimSeconds } from '../core/pending.ts'
import { askableSupplier, type AskableSupplier } from '../core/supplier-of.ts'
import type { SupplierSaid } from '../core/settle-command.ts'
import { beginBatch } from '../db/set-up.ts'
import { claimSupplierRequests, postponeSupplierRequest, type SupplierRequestRow } from '../db/supplier-requests.ts'
import type { SupplierSend } from '../suppliers/supplier.ts'
import { createBreakers } from './breakers.ts'
import { messageOf } from './send-failure.ts'
import { askSupplier, questionOf, type Asked, type Question } from './supplier-ask.ts'
import { createTurns } from './supplier-turns.ts'
import { createTurnstile, type Turnstile } from './turnstile.ts'
import { createNap, within } from './waiting.ts'

export type SupplierDeskOptions = {
  /** The way out; it never rejects. It stays the caller's to close. */
  send: SupplierSend
  /** The lanes whose requests this process asks again. */
  lanes: () => Promise<readonly number[]>
}

/** Asks suppliers: at once what this process has just decided, and again what has been unknown for long enough. */
export type SupplierDesk = {
  start: () => void
  /** Takes no more, and waits a while for what is under way: its claims run out. */
  stop: () => Promise<void>
  /** One round over what is due, to its end; says how many were asked. */
  tick: () => Promise<number>
}

const largestClaim = 50
// Few at a time: what holders wait for stands in the same line.
const largestLookUpClaim = 10
const napMilliseconds = 1_000
const stopMilliseconds = 5_000
const settleSeconds = 30
const unknownKindPauseMilliseconds = 60_000

/** Makes the desk of one process. Suppliers that do not answer are held back by a breaker each. */
export function createSupplierDesk(core: Core, { send, lanes }: SupplierDeskOptions): SupplierDesk {
  const { hub } = core
  const breakers = createBreakers()
  const turnstiles = new Map<string, Turnstile>()
  const turns = createTurns(hub)
  const underWay = new Set<Promise<unknown>>()
  const nap = createNap()
  let isStopping = false
  let running: Promise<void> | undefined

  function turnstileOf(supplierId: string): Turnstile {
    const turnstile = turnstiles.get(supplierId) ?? createTurnstile(hub.now)
    turnstiles.set(supplierId, turnstile)
    return turnstile
  }

  const postpone = async ({ lane, no, claimId }: SupplierRequestRow, dueAt: Date): Promise<void> => {
    if (claimId !== null) await postponeSupplierRequest(hub.database.sql, { lane, no, claimId, dueAt })
  }

  async function handle(request: SupplierRequestRow): Promise<void> {
    const setup = core.setup.current().suppliers.get(request.supplierId)
    const supplier = setup && askableSupplier(hub, setup)
    if (supplier === undefined) {
      hub.log.error({ supplierId: request.supplierId }, 'this program does not know how to ask the supplier')
      return postpone(request, new Date(hub.now().getTime() + unknownKindPauseMilliseconds))
    }
    const question = await put(supplier, request)
    const leave = await turnstileOf(request.supplierId).pass(supplier.settings)
    if (leave === undefined) return postpone(request, soon())
    try {
      await askInTurn(supplier, request, question)
    } finally {
      leave()
    }
  }

  const soon = (): Date => new Date(hub.now().getTime() + napMilliseconds)

  async function askInTurn(supplier: AskableSupplier, request: SupplierRequestRow, question: Question): Promise<void> {
    const leave = await turns.take(request.supplierId, question.turn)
    if (leave === undefined) return postpone(request, soon())
    const permit = breakers.mayTry(request.supplierId, hub.now())
    if (!permit.ok) {
      await leave()
      return postpone(request, permit.retryAt)
    }
    // The turn lasts until the asking has ended, which may be later than anybody waits for it.
    const ask = async (way: SupplierSend): Promise<SupplierSaid> => {
      try {
        return await question.ask(way)
      } finally {
        await leave()
      }
    }
    const { said, isReached } = await askInTime(supplier, request, { ask })
    if (isReached) breakers.succeeded(request.supplierId, hub.now())
    else breakers.failed(request.supplierId, hub.now())
    await settle(request, said)
  }

  // What cannot be put together leaves it unknown what will become of it, as an answer that cannot be read does.
  const put = (supplier: AskableSupplier, request: SupplierRequestRow): Promise<Question> =>
    questionOf(core, supplier, request).catch((error: unknown) => ({ ask: () => Promise.reject(error) }))

  async function askInTime(supplier: AskableSupplier, request: SupplierRequestRow, question: Question): Promise<Asked> {
    let asked: Asked = { said: { kind: 'unknown', reason: 'it did not answer in time' }, isReached: false }
    const ask = async (): Promise<void> => {
      asked = await askSupplier(question, send)
    }
    try {
      await within(supplier.settings.timeoutSeconds * 1000, ask())
      return asked
    } catch (error) {
      hub.log.error({ err: error, requestNo: request.no }, 'a supplier could not be asked')
      return { said: { kind: 'unknown', reason: messageOf(error) }, isReached: true }
    }
  }

  async function settle({ lane, no }: SupplierRequestRow, said: SupplierSaid): Promise<void> {
    const now = hub.now()
    const deadline = new Date(now.getTime() + settleSeconds * 1000)
    await core.settle({ no: makeNumber(laneIndexOf(lane), now), deadline, request: { lane, no }, said })
  }

  // A request whose answer could not be written is asked again, by its number, when its claim has run out.
  function take(request: SupplierRequestRow): Promise<void> {
    const work = handle(request)
      .catch((error: unknown) => hub.log.error({ err: error, requestNo: request.no }, 'a supplier’s answer was lost'))
      .finally(() => underWay.delete(work))
    underWay.add(work)
    return work
  }

  async function claimDue(): Promise<SupplierRequestRow[]> {
    const held = await lanes()
    if (held.length === 0) return []
    const now = hub.now()
    const claimedUntil = new Date(now.getTime() + askClaimSeconds * 1000)
    return hub.database.transaction(async (tx) => {
      const claim = { lanes: held, now, claimId: randomUUID(), claimedUntil }
      const [, urgent, lookUps] = await Promise.all([
        beginBatch(tx),
        claimSupplierRequests(tx, { ...claim, isLookUp: false, limit: largestClaim }),
        claimSupplierRequests(tx, { ...claim, isLookUp: true, limit: largestLookUpClaim }),
      ])
      return [...urgent, ...lookUps]
    })
  }

  async function run(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      try {
        const claimed = await claimDue()
        for (const request of claimed) void take(request)
        if (claimed.length >= largestLookUpClaim) await within(napMilliseconds, Promise.all(underWay))
        else await nap.sleep(napMilliseconds)
      } catch (error) {
        hub.log.error({ err: error }, 'no supplier requests could be claimed; they will be tried again')
        await nap.sleep(napMilliseconds)
      }
    }
  }

  return {
    start: () => {
      core.pending.listen((request) => void take(request))
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
