import { pendingMigrations } from './db/client/migrate.ts'
import type { Database } from './db/client/client.ts'

const patienceMilliseconds = 2_000

export type Phase = 'starting' | 'ready' | 'stopping'

/** Says why the hub cannot do its work now; undefined where it can. */
export function createReadiness(database: Database, phase: () => Phase): () => Promise<string | undefined> {
  return async () => {
    if (phase() !== 'ready') return `the hub is ${phase()}`
    try {
      const pending = await within(patienceMilliseconds, pendingMigrations(database))
      return pending.length === 0 ? undefined : `migrations are pending: ${pending.join(', ')} (quanhub migrate)`
    } catch (error) {
      return `the database does not answer: ${(error as Error).message}`
    }
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
