import type { Hub } from '../../hub.ts'
import type { NumberBlocks } from '../codes/number-blocks.ts'
import type { FullCounters } from '../counters/full-counters.ts'
import type { GuessLimit } from './guess-limit.ts'
import type { Pending } from './pending.ts'
import type { SetupCache } from '../set-up/cache.ts'

/** What the verbs share within a process. Everything in it could be lost at any instant without harm. */
export type CoreContext = {
  hub: Hub
  setup: SetupCache
  numbers: NumberBlocks
  full: FullCounters
  guesses: GuessLimit
  /** How long after its cause a face tells the first time, in seconds. */
  firstWaitSeconds: (face: string) => number
  /** By which this process claims what it is about to ask a supplier. */
  claimId: Pending<unknown>['claimId']
}
