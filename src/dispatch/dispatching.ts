import type { Core } from '../core/core.ts'
import { endClaims } from '../db/notification-queue.ts'
import { endForeignClaims } from '../db/foreign-redemptions.ts'
import { endSupplierClaims } from '../db/supplier-requests.ts'
import { createAddressGuard, type AddressGuard } from './address-guard.ts'
import { createClockwork } from './clockwork.ts'
import { createDispatcher, type AttemptReport } from './dispatcher.ts'
import { createForeignDesk } from './foreign-desk.ts'
import { createLaneHolder } from './lane-holder.ts'
import { createSender, type Sender } from './send.ts'
import { protocolsOf } from './protocols.ts'
import { createSupplierDesk } from './supplier-desk.ts'
import { createSupplierGate } from './supplier-gate.ts'

/** What a process does by itself: it tells partners what is due, and sweeps what time has ended. */
export type Dispatching = { start: () => Promise<void>; stop: () => Promise<void> }

const guardOf = ({ hub: { config } }: Core): AddressGuard =>
  createAddressGuard({ allowedNetworks: config.callbackNetworks, isLoopbackAllowed: config.isSandbox })

/** The way out to partners: by the guard that the configuration asks for, which also checks addresses when they are taken. */
export const openSender = (core: Core): Sender =>
  createSender({ guard: guardOf(core), connectionsPerOrigin: core.hub.config.dispatchConcurrencyPerAddress })

// A hundred codes, encrypted, are more than any partner answers to a callback; how long one waits is each supplier's
// own setting, a minute at most.
const supplierAnswers = { timeoutMilliseconds: 60_000, maxAnswerBytes: 262_144 }

/** The way out to suppliers, by the same guard. */
export const openSupplierSender = (core: Core): Sender => createSender({ guard: guardOf(core), ...supplierAnswers })

// A day of a large batch, some hundred bytes a use.
const statementAnswers = { timeoutMilliseconds: 60_000, maxAnswerBytes: 64 * 1024 * 1024 }

/** The way out to suppliers for whole files, by the same guard. */
export const openStatementSender = (core: Core): Sender => createSender({ guard: guardOf(core), ...statementAnswers })

/** Puts dispatcher and clockwork together, over the same lanes. With dispatching switched off the sweeps still run. */
export function createDispatching(core: Core, onAttempt: (report: AttemptReport) => void): Dispatching {
  const sender = openSender(core)
  // The embedded database has one process at a time: a restarted one takes up leases and claims of a dead one at once
  // instead of waiting for them to run out.
  const isAlone = core.hub.database.kind === 'embedded'
  const laneHolder = isAlone ? createLaneHolder(core.hub, 'embedded') : createLaneHolder(core.hub)
  // A process that does not tell must not hold lanes that others should serve: it sweeps them all.
  const clockwork = createClockwork(core, core.hub.config.isDispatching ? { lanes: laneHolder.lanes } : {})
  const dispatcher = createDispatcher(core, {
    protocols: protocolsOf(core.hub.config),
    sender,
    laneHolder,
    onAttempt,
  })
  const supplierSender = openSupplierSender(core)
  const deskOptions = { gate: createSupplierGate(core, supplierSender.send), lanes: laneHolder.lanes }
  const desks = [createSupplierDesk(core, deskOptions), createForeignDesk(core, deskOptions)]
  return {
    start: async () => {
      const { sql } = core.hub.database
      if (isAlone) await Promise.all([endClaims(sql, core.hub.now()), endSupplierClaims(sql), endForeignClaims(sql)])
      clockwork.start()
      if (!core.hub.config.isDispatching) return
      dispatcher.start()
      for (const desk of desks) desk.start()
    },
    stop: async () => {
      // Its sweeps could take up again the leases that a stopped dispatcher has just let go.
      await clockwork.stop()
      await Promise.all([dispatcher.stop(), ...desks.map((desk) => desk.stop())])
      await Promise.all([sender.close(), supplierSender.close()])
    },
  }
}
