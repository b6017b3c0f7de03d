import type { CoreContext, Verb } from './verb.ts'
import { rememberNonce, loadNonces, refuseReplay, type KnownNonces, type Nonce } from '../command/callers.ts'
import type { Command } from '../command/command.ts'

/** A request that changes nothing by itself: that it came is all that is written. */
type RememberNonceCommand = Command & { nonce?: Nonce | undefined }

/** Refuses a nonce that was heard before: `request_replayed`. */
export function createRememberNonce(core: CoreContext): Verb<RememberNonceCommand, KnownNonces, void> {
  return {
    name: 'remember-nonce',
    load: (tx, commands) => loadNonces(tx, commands, core.hub.now()),
    decide: (heard, command, now) => {
      refuseReplay(heard, command)
      return { outcome: undefined, change: { nonces: rememberNonce(heard, command, now) } }
    },
  }
}
