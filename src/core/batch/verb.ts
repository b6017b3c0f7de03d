import type { Tx } from '../../db/client/client.ts'
import type { Hub } from '../../hub.ts'
import type { NumberBlocks } from '../codes/number-blocks.ts'
import type { Command } from '../command/command.ts'
import type { FullCounters } from '../counters/counters.ts'
import type { SetupCache, Setup } from '../set-up/snapshot.ts'
import type { Change } from './change.ts'
import type { GuessLimit } from './guess-limit.ts'
import type { Pending } from './pending.ts'

/** What was decided: what the caller hears, and what is to be written, if anything. */
export type Decided<Outcome> = { outcome: Outcome; change?: Change | readonly Change[] }

/**
 * Every change of business state. `load` reads sets and takes row locks in key order; `decide` is pure, sees what earlier
 * commands of the batch did to their common world, and refuses by throwing a `HubError` before it changes that world. What
 * it wants written is a `Change`. The number of statements does not depend on the number of commands.
 */
export type Verb<C extends Command, World, Outcome> = {
  name: string
  /** What must be at hand before the transaction begins. It may use the database, and must not wait for anything else. */
  prepare?: (commands: C[]) => Promise<void>
  load: (tx: Tx, commands: C[], setup: Setup) => Promise<World>
  decide: (world: World, command: C, now: Date) => Decided<Outcome>
  /** Puts back into the process's memory what `load` took out of it and `decide` has not used, whatever became of the batch. */
  release?: (world: World) => void
}

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
