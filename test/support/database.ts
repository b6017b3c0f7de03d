import { describe, beforeAll, beforeEach, inject } from 'vitest'
import { openDatabase, openOnEmbedded } from '../../src/db/client/client.ts'
import type { Database } from '../../src/db/client/client.ts'
import { startEmbedded } from '../../src/db/client/embedded/open.ts'
import { prepareReset } from './reset.ts'
import { templateDatabase } from './template.ts'

export type DatabaseKind = Database['kind']

/** What tests can run on in this run. */
export const databases: DatabaseKind[] = inject('clusterUrl') === '' ? ['embedded'] : ['embedded', 'postgres']

/** A database with the schema of today, as it is after the migrations. `url` is there on PostgreSQL only. */
export type FreshDatabase = { database: Database; url: string | undefined; drop: () => Promise<void> }

/**
 * A database of the test's own, for what needs one: several processes, connections that break. To be dropped.
 * Tests that share go by `useDatabase`, which is much faster.
 */
export async function freshDatabase(kind: DatabaseKind): Promise<FreshDatabase> {
  return kind === 'embedded' ? freshEmbedded() : freshPostgres()
}

async function freshEmbedded(): Promise<FreshDatabase> {
  const database = await openOnEmbedded(await startEmbedded({ snapshot: inject('snapshot') }))
  return { database, url: undefined, drop: database.close }
}

let made = 0

async function freshPostgres(): Promise<FreshDatabase> {
  made += 1
  const name = `quanhub_${process.pid}_${made}`
  await onServer((server) => server.sql.unsafe(`create database ${name} template ${templateDatabase}`))
  const url = `${inject('clusterUrl')}${name}`
  const database = await openDatabase({ databaseUrl: url, dataFolder: '' })
  const drop = async (): Promise<void> => {
    await database.close()
    await onServer((server) => server.sql.unsafe(`drop database ${name} with (force)`))
  }
  return { database, url, drop }
}

async function onServer(work: (server: Database) => Promise<unknown>): Promise<void> {
  const server = await openDatabase({ databaseUrl: `${inject('clusterUrl')}postgres`, dataFolder: '', poolSize: 1 })
  try {
    await work(server)
  } finally {
    await server.close()
  }
}

type Shared = { database: Database; reset: () => Promise<void> }

// Starting a database takes longer than most test files: each worker keeps one of a kind for all of its files.
const store = globalThis as { quanhubSharedDatabases?: Map<DatabaseKind, Promise<Shared>> }
const shared = (store.quanhubSharedDatabases ??= new Map<DatabaseKind, Promise<Shared>>())

/** The worker's shared database, emptied to what the migrations leave. For one test at a time. */
export async function useDatabase(kind: DatabaseKind): Promise<Database> {
  const { database, reset } = await sharedOf(kind)
  await reset()
  return database
}

function sharedOf(kind: DatabaseKind): Promise<Shared> {
  const opened = shared.get(kind) ?? openShared(kind)
  shared.set(kind, opened)
  return opened
}

async function openShared(kind: DatabaseKind): Promise<Shared> {
  const { database } = await freshDatabase(kind)
  return { database, reset: await prepareReset(database, 'fresh_rows') }
}

/**
 * A suite that runs on every database of this run; each of its tests begins with an emptied one.
 * `database()` is for use inside of tests and hooks.
 */
export function describeOnEachDatabase(
  title: string,
  suite: (database: () => Database, kind: DatabaseKind) => void,
): void {
  for (const kind of databases) describe(`${title} (${kind})`, () => onDatabase(kind, suite))
}

/**
 * A suite about what no database can change, such as a partner's wire: it runs on one, which is PostgreSQL where there
 * is one and nothing else is said, since most tests are faster there. One suite of its kind runs on each.
 */
export function describeOnOneDatabase(
  title: string,
  suite: (database: () => Database, kind: DatabaseKind) => void,
  kind: DatabaseKind = databases.at(-1)!,
): void {
  describe(`${title} (${kind})`, () => onDatabase(kind, suite))
}

/**
 * Something played at its first use inside of a test, whose rows every later use goes back to: for many tests that
 * begin with the same story. The rest of what `play` answers must stay as it was.
 */
export function playOnce<Played>(database: () => Database, play: () => Promise<Played>): () => Promise<Played> {
  let played: { answer: Played; goBack: () => Promise<void> } | undefined
  return async () => {
    if (played !== undefined) await played.goBack()
    else played = { answer: await play(), goBack: await prepareReset(database(), 'played_rows') }
    return played.answer
  }
}

function onDatabase(kind: DatabaseKind, suite: (database: () => Database, kind: DatabaseKind) => void): void {
  let current: Database | undefined
  // The first start is not part of any test's time.
  beforeAll(async () => void (await sharedOf(kind)))
  beforeEach(async () => {
    current = await useDatabase(kind)
  })
  suite(() => {
    if (current === undefined) throw new Error('the database is there inside of tests and hooks only')
    return current
  }, kind)
}
