import type { Tx } from '../../db/client/client.ts'
import { beginBatch } from '../../db/set-up.ts'
import type { Hub } from '../../hub.ts'
import type { Command } from '../command/command.ts'
import { HubError } from '../command/errors.ts'
import type { SetupCache } from '../set-up/snapshot.ts'
import type { Change } from './change.ts'
import { saveChanges } from './save-changes.ts'
import type { Verb } from './verb.ts'

/** How a batch went, for the metrics. Times in milliseconds. */
export type BatchReport = {
  verb: string
  commands: number
  loadMilliseconds: number
  decideMilliseconds: number
  saveMilliseconds: number
  commitMilliseconds: number
}

export type RunOptions = {
  hub: Hub
  setup: SetupCache
  onBatch?: (report: BatchReport) => void
  /** Is told how to learn how long the oldest command of a verb has waited, in seconds. */
  watch?: (verb: string, oldestSeconds: () => number) => void
}

/** What became of a command in its batch. */
export type Settled<Outcome> = { outcome: Outcome } | { error: HubError }

// What a batch sends first are reads and locks. Each of its statements has five seconds on the server (`beginBatch`): what
// takes longer than this waits for one that is silent.
const batchOptions = { isEager: true, deadlineMilliseconds: 9_000 }

/**
 * Runs commands of one verb in one transaction: load once, decide each in turn, save once, commit. What `decide` refuses
 * is answered in its place, and harms nobody else; any other error fails the whole batch, of which then nothing is written.
 * @param lockMilliseconds how long it waits for a row that another transaction has locked.
 */
export async function runBatch<C extends Command, World, Outcome>(
  { hub, setup, onBatch }: RunOptions,
  verb: Verb<C, World, Outcome>,
  commands: C[],
  lockMilliseconds: number,
): Promise<Settled<Outcome>[]> {
  await verb.prepare?.(commands)
  const times: number[] = []
  const settled = await hub.database.transaction(async (tx) => {
    times.push(performance.now())
    const world = await loadWorld(setup, verb, { tx, commands, lockMilliseconds })
    try {
      times.push(performance.now())
      const now = hub.now()
      const decided = commands.map((command) => decideOne(verb, world, command, now))
      times.push(performance.now())
      const changes = decided.flatMap(({ change }) => change ?? [])
      if (changes.length > 0) await saveChanges(tx, changes, now)
      times.push(performance.now())
      return decided.map((one) => one.settled)
    } finally {
      verb.release?.(world)
    }
  }, batchOptions)
  onBatch?.(reportOf(verb.name, commands.length, [...times, performance.now()]))
  return settled
}

function reportOf(verb: string, commands: number, times: number[]): BatchReport {
  const lasted = (step: number): number => times[step + 1]! - times[step]!
  return {
    verb,
    commands,
    loadMilliseconds: lasted(0),
    decideMilliseconds: lasted(1),
    saveMilliseconds: lasted(2),
    commitMilliseconds: lasted(3),
  }
}

// Loads by the set-up that is known, in one round trip with what opens the batch. Where that set-up turns out to be an old
// one, nothing that came of it counts, not even a failure.
async function loadWorld<C extends Command, World>(
  setup: SetupCache,
  { load, release }: Verb<C, World, unknown>,
  { tx, commands, lockMilliseconds }: { tx: Tx; commands: C[]; lockMilliseconds: number },
): Promise<World> {
  const known = setup.current()
  const [opened, loaded] = await Promise.allSettled([beginBatch(tx, lockMilliseconds), load(tx, commands, known)])
  const actual = opened.status === 'fulfilled' ? await setup.at(opened.value, tx) : known
  if (opened.status === 'fulfilled' && actual === known && loaded.status === 'fulfilled') return loaded.value
  if (loaded.status === 'fulfilled') release?.(loaded.value)
  if (opened.status === 'rejected') throw opened.reason
  if (actual !== known) return load(tx, commands, actual)
  throw (loaded as PromiseRejectedResult).reason
}

function decideOne<C extends Command, World, Outcome>(
  verb: Verb<C, World, Outcome>,
  world: World,
  command: C,
  now: Date,
): { settled: Settled<Outcome>; change?: Change | readonly Change[] | undefined } {
  try {
    const { outcome, change } = verb.decide(world, command, now)
    return { settled: { outcome }, change }
  } catch (error) {
    if (error instanceof HubError) return { settled: { error } }
    throw error
  }
}
