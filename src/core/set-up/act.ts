import { insertAudit } from '../../db/audit.ts'
import type { Tx } from '../../db/client.ts'
import { raiseSetupVersion, readSetup } from '../../db/set-up.ts'
import { writeSetup, type SetupWrite } from '../../db/set-up-writes.ts'
import type { Hub } from '../../hub.ts'
import { makeNumber } from '../numbers.ts'
import { auditRow, type Operator } from '../operator.ts'
import type { SetupCache } from './cache.ts'
import { makeSetup, type Setup } from './snapshot.ts'

/** What the acts of operators need of the core. */
export type SetupCore = { hub: Hub; setup: SetupCache }

/** What an act means to do. `before` and `after` go to the audit: they never contain a secret. */
export type SetupDecision<Result> = {
  subjectId: string
  before: unknown
  after: unknown
  writes: SetupWrite[]
  result: Result
}

export type SetupAct<Result> = {
  /** `channel.add`, as the audit names it. */
  act: string
  subjectKind: string
  decide: (setup: Setup, now: Date, tx: Tx) => SetupDecision<Result> | Promise<SetupDecision<Result>>
}

/**
 * Runs one act of an operator in one transaction: the set-up's lock, a look at what is there, the decision, what it
 * writes, the line in the audit. Acts come one after the other; running hubs see the change with their next batch.
 * Refuses with what `decide` refuses; then nothing was written.
 */
export async function actOnSetup<Result>(
  core: SetupCore,
  operator: Operator,
  { act, subjectKind, decide }: SetupAct<Result>,
): Promise<Result> {
  const { database, now: clock } = core.hub
  const result = await database.transaction(async (tx) => {
    const version = await raiseSetupVersion(tx)
    const setup = await setupBefore(core, tx, version)
    const now = clock()
    const { subjectId, before, after, writes, result } = await decide(setup, now, tx)
    await writeSetup(tx, writes)
    const command = { no: makeNumber(0, now) }
    await insertAudit(tx, [auditRow(command, operator, act, subjectKind, subjectId, before, after, now)])
    return result
  })
  await core.setup.refresh()
  return result
}

// Behind the lock nobody else changes anything: where the cache has the version before this one, that is what is there.
// What is read here must not be remembered: it is what was, and the version is that of what will be.
async function setupBefore({ hub, setup }: SetupCore, tx: Tx, version: number): Promise<Setup> {
  const cached = setup.current()
  return cached.version === version - 1 ? cached : makeSetup(await readSetup(tx), hub.keyring)
}
