import { pendingMigrations } from './db/client/migrate.ts'
import type { Database } from './db/client/client.ts'
import { within } from './time/waiting.ts'

const patienceMilliseconds = 2_000

export type Phase = 'starting' | 'ready' | 'stopping'

/** Says why the hub cannot do its work now; undefined where it can. */
export function createReadiness(database: Database, phase: () => Phase): () => Promise<string | undefined> {
  return async () => {
    if (phase() !== 'ready') return `the hub is ${phase()}`
    try {
      const answered = await within(patienceMilliseconds, pendingMigrations(database))
      if (answered === undefined) return `the database does not answer: no answer within ${patienceMilliseconds} ms`
      const pending = answered.value
      return pending.length === 0 ? undefined : `migrations are pending: ${pending.join(', ')} (quanhub migrate)`
    } catch (error) {
      return `the database does not answer: ${(error as Error).message}`
    }
  }
}
