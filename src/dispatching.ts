import type { Core } from './core/core.ts'
import { endClaims } from './db/notification-queue.ts'
import { endForeignClaims } from './db/foreign-redemptions.ts'
import { endSupplierClaims } from './db/supplier-requests.ts'
import { createClockwork } from './process/clockwork.ts'
import { createDispatcher, type AttemptReport } from './telling/dispatcher.ts'
import { createForeignDesk } from './asking/foreign-desk.ts'
import { createLaneHolder } from './process/lane-holder.ts'
import { openSender, openSupplierSender } from './http-out/ways-out.ts'
import { protocolsOf } from './telling/protocols.ts'
import { createSupplierDesk } from './asking/supplier-desk.ts'
import { createSupplierGate } from './asking/supplier-gate.ts'

/** What a process does by itself: it tells partners what is due, and sweeps what time has ended. */
export type Dispatching = { start: () => Promise<void>; stop: () => Promise<void> }

/** Puts dispatcher and clockwork together, over the same lanes. With dispatching switched off the sweeps still run. */
export function createDispatching(core: Core, onAttempt: (report: AttemptReport) => void): Dispatching {
  const sender = openSender(core.hub)
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
  const supplierSender = openSupplierSender(core.hub)
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
