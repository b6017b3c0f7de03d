import type { Core } from '../core/core.ts'
import { endClaims } from '../db/notification-queue.ts'
import { callbackProtocols } from '../faces/index.ts'
import { createAddressGuard } from './address-guard.ts'
import { createClockwork } from './clockwork.ts'
import { createDispatcher, type AttemptReport } from './dispatcher.ts'
import { createLaneHolder } from './lane-holder.ts'
import { createPoster, type Poster } from './post.ts'

/** What a process does by itself: it tells partners what is due, and sweeps what time has ended. */
export type Dispatching = { start: () => Promise<void>; stop: () => Promise<void> }

/** The way out to partners: by the guard that the configuration asks for, which also checks addresses when they are taken. */
export function openPoster({ hub: { config } }: Core): Poster {
  const guard = createAddressGuard({
    allowedNetworks: config.callbackNetworks,
    isLoopbackAllowed: config.isSandbox,
  })
  return createPoster({ guard, connectionsPerOrigin: config.dispatchConcurrencyPerAddress })
}

/** Puts dispatcher and clockwork together, over the same lanes. With dispatching switched off the sweeps still run. */
export function createDispatching(core: Core, onAttempt: (report: AttemptReport) => void): Dispatching {
  const poster = openPoster(core)
  // The embedded database has one process at a time: a restarted one takes up leases and claims of a dead one at once
  // instead of waiting for them to run out.
  const isAlone = core.hub.database.kind === 'embedded'
  const laneHolder = isAlone ? createLaneHolder(core.hub, 'embedded') : createLaneHolder(core.hub)
  // A process that does not tell must not hold lanes that others should serve: it sweeps them all.
  const clockwork = createClockwork(core, core.hub.config.isDispatching ? { lanes: laneHolder.lanes } : {})
  const dispatcher = createDispatcher(core, { protocols: callbackProtocols, poster, laneHolder, onAttempt })
  return {
    start: async () => {
      if (isAlone) await endClaims(core.hub.database.sql, core.hub.now())
      clockwork.start()
      if (core.hub.config.isDispatching) dispatcher.start()
    },
    stop: async () => {
      // Its sweeps could take up again the leases that a stopped dispatcher has just let go.
      await clockwork.stop()
      await dispatcher.stop()
      await poster.close()
    },
  }
}
