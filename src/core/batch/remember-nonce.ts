import type { CoreContext, Verb } from './verb.ts'
import { hearNonce, loadNonces, refuseReplay, type HeardNonces, type Nonce } from '../command/nonces.ts'
import type { Command } from '../command/command.ts'

/** A request that changes nothing by itself: that it came is all that is written. */
export type HearCommand = Command & { nonce?: Nonce | undefined }

/** Refuses a nonce that was heard before: `request_replayed`. */
export function createHear(core: CoreContext): Verb<HearCommand, HeardNonces, void> {
  return {
    name: 'hear',
    load: (tx, commands) => loadNonces(tx, commands, core.hub.now()),
    decide: (heard, command, now) => {
      refuseReplay(heard, command)
      return { outcome: undefined, change: { nonces: hearNonce(heard, command, now) } }
    },
  }
}
