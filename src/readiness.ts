import type { Core } from './core/core.ts'
import { pendingMigrations } from './db/client/migrate.ts'
import { within } from './time/waiting.ts'

const patienceMilliseconds = 2_000

/** Longer than a batch is given, and than most callers wait: whatever takes longer hangs. */
const longestCommandSeconds = 10

export type Phase = 'starting' | 'ready' | 'stopping'

/** Says why the hub cannot do its work now; undefined where it can. What it finds once, it also logs. */
export function createReadiness(core: Core, phase: () => Phase): () => Promise<string | undefined> {
  let wasReady = true
  const log = (reason: string | undefined): void => {
    if ((reason === undefined) === wasReady) return
    wasReady = reason === undefined
    if (reason === undefined) core.hub.log.info('the hub is ready again')
    else core.hub.log.error({ reason }, 'the hub is not ready')
  }
  return async () => {
    if (phase() !== 'ready') return `the hub is ${phase()}`
    const reason = stuckVerb(core) ?? (await troubleOf(core))
    log(reason)
    return reason
  }
}

function stuckVerb(core: Core): string | undefined {
  const stuck = core.oldestCommands().find(({ seconds }) => seconds > longestCommandSeconds)
  return stuck && `the oldest ${stuck.verb} has waited for ${Math.floor(stuck.seconds)} seconds`
}

async function troubleOf({ hub: { database } }: Core): Promise<string | undefined> {
  try {
    const answered = await within(patienceMilliseconds, pendingMigrations(database))
    if (answered === undefined) return `the database does not answer: no answer within ${patienceMilliseconds} ms`
    const pending = answered.value
    return pending.length === 0 ? undefined : `migrations are pending: ${pending.join(', ')} (quanhub migrate)`
  } catch (error) {
    return `the database does not answer: ${(error as Error).message}`
  }
}
