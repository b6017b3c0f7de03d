import type { Tx } from '../../db/client/client.ts'
import type { Setup } from '../set-up/snapshot.ts'

/** What was decided: what the caller hears, and what is to be written, if anything. */
export type Decision<Outcome, Change> = { outcome: Outcome; change?: Change }

/** What every command carries. */
export type Command = {
  /** Given when the request is received. What the command writes carries it, so that a re-run finds its own effect. */
  no: string
  /** After this instant nobody waits for the answer any more: the command is dropped before it is decided. */
  deadline: Date
}

/**
 * Every change of business state. `load` reads sets and takes row locks in key order; `decide` is pure, sees what
 * earlier commands of the batch did, and refuses by throwing a `HubError` before it changes the world; `save` writes
 * sets. The number of statements does not depend on the number of commands.
 */
export type Verb<C extends Command, World, Outcome, Change> = {
  name: string
  /** What must be at hand before the transaction begins. It may use the database, and must not wait for anything else. */
  prepare?: (commands: C[]) => Promise<void>
  load: (tx: Tx, commands: C[], setup: Setup) => Promise<World>
  decide: (world: World, command: C, now: Date) => Decision<Outcome, Change>
  save: (tx: Tx, changes: Change[], now: Date) => Promise<void>
}
