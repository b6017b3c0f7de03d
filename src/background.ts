import type { Core } from './core/core.ts'
import { endClaims } from './db/claims.ts'
import { createClockwork } from './process/clockwork.ts'
import { createDispatcher, type AttemptReport } from './telling/dispatcher.ts'
import { createForeignAsking } from './asking/foreign-redemptions.ts'
import { createLaneHolder } from './process/lane-holder.ts'
import { openSender, openSupplierSender } from './http-out/ways-out.ts'
import { protocolsOf } from './telling/protocols.ts'
import { createSupplierAsking } from './asking/supplier-requests.ts'
import { createSupplierGate } from './asking/supplier-gate.ts'

/** What a process does by itself: it tells partners what is due, and sweeps what time has ended. */
type Background = { start: () => Promise<void>; stop: () => Promise<void> }

const queues = ['notifications', 'supplier_requests', 'foreign_redemptions'] as const

/** Puts dispatcher and clockwork together, over the same lanes. With dispatching switched off the sweeps still run. */
export function createBackground(core: Core, onAttempt: (report: AttemptReport) => void): Background {
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
  const askingOptions = { gate: createSupplierGate(core, supplierSender.send), lanes: laneHolder.lanes }
  const askings = [createSupplierAsking(core, askingOptions), createForeignAsking(core, askingOptions)]
  return {
    start: async () => {
      const { sql } = core.hub.database
      if (isAlone) await Promise.all(queues.map((queue) => endClaims(sql, queue, core.hub.now())))
      clockwork.start()
      if (!core.hub.config.isDispatching) return
      dispatcher.start()
      for (const asking of askings) asking.start()
    },
    stop: async () => {
      // Its sweeps could take up again the leases that a stopped dispatcher has just let go.
      await clockwork.stop()
      await Promise.all([dispatcher.stop(), ...askings.map((asking) => asking.stop())])
      await Promise.all([sender.close(), supplierSender.close()])
    },
  }
}
