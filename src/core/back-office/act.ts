import { insertAudit } from '../../db/audit.ts'
import type { Tx } from '../../db/client/client.ts'
import { insertNonces } from '../../db/nonces.ts'
import { raiseSetupVersion, readSetup } from '../../db/set-up.ts'
import { writeSetup, type SetupWrite } from '../../db/set-up-writes.ts'
import type { Hub } from '../../hub.ts'
import { refuse } from '../command/errors.ts'
import { rememberNonce, loadNonces, refuseReplay, type Nonce } from '../command/callers.ts'
import { makeNumber } from '../numbers/numbers.ts'
import { auditRow, type Operator } from '../command/command.ts'
import { type SetupCache, makeSetup, pairKey, type App, type Setup } from '../set-up/snapshot.ts'

/** What the acts of operators need of the core. */
export type SetupCore = { hub: Hub; setup: SetupCache }

/**
 * What an act means to do. `before` and `after` go to the audit: they never contain a secret. An act that finds its
 * work done already changes nothing, and the audit says nothing of it.
 */
export type SetupDecision<Result> = SetupChange<Result> | { isUnchanged: true; result: Result }

export type SetupChange<Result> = {
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

/** An act that came over a wire: who asks, under which number, and what proves that it is new. */
export type SetupRequest = { app: App; no: string; nonce?: Nonce | undefined }

/**
 * Runs one act of an operator in one transaction: the set-up's lock, a look at what is there, the decision, what it
 * writes, the line in the audit. Acts come one after the other; running hubs see the change with their next batch.
 * Refuses with what `decide` refuses, and with `request_replayed` where the request's nonce was heard before, `app_disabled`
 * where its app may no longer set anything up; then nothing was written.
 */
export async function actOnSetup<Result>(
  core: SetupCore,
  operator: Operator,
  { act, subjectKind, decide }: SetupAct<Result>,
  request?: SetupRequest,
): Promise<Result> {
  const { database, now: clock } = core.hub
  const result = await database.transaction(
    async (tx) => {
      const version = await raiseSetupVersion(tx)
      const setup = await setupBefore(core, tx, version)
      const now = clock()
      const command = request ?? { no: makeNumber(0, now) }
      if (request !== undefined) await hearRequest(tx, setup, request, now)
      const decision = await decide(setup, now, tx)
      if ('isUnchanged' in decision) return decision.result
      const { subjectId, before, after, writes, result } = decision
      await writeSetup(tx, writes)
      await insertAudit(tx, [auditRow(command, operator, act, subjectKind, subjectId, before, after, now)])
      return result
    },
    { deadlineMilliseconds },
  )
  await core.setup.refresh()
  return result
}

// A limit that is set where there was none counts back all that was given before.
const deadlineMilliseconds = 60 * 60 * 1000

async function hearRequest(tx: Tx, setup: Setup, request: SetupRequest, now: Date): Promise<void> {
  const { face, id } = request.app
  const app = setup.apps.get(pairKey(face, id))
  if (app?.isEnabled !== true || !app.settings.isBackOffice) refuse('app_disabled', `app ${id} may set nothing up`)
  const heard = await loadNonces(tx, [request], now)
  refuseReplay(heard, request)
  await insertNonces(tx, rememberNonce(heard, request, now))
}

// Behind the lock nobody else changes anything: where the cache has the version before this one, that is what is there.
// What is read here must not be remembered: it is what was, and the version is that of what will be.
async function setupBefore({ hub, setup }: SetupCore, tx: Tx, version: number): Promise<Setup> {
  const cached = setup.current()
  return cached.version === version - 1 ? cached : makeSetup(await readSetup(tx), hub)
}
