import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import type { Database, Queryable, Tx } from './client.ts'

type Migration = { name: string; text: string; checksum: string }

type MigrationOptions = {
  /** The folder of the SQL files, where they are not the program's own. */
  folder?: string
  /** Hears of each file before it is applied. */
  log?: (line: string) => void
}

// Two levels up in the source and in the built package alike.
const ownFolder = fileURLToPath(new URL('../../../migrations/', import.meta.url))

// Any number will do, as long as every process of ours takes the same.
const advisoryLock = 7_126_302_611

/**
 * Brings the database up to date: applies the files of the migrations folder that it does not know yet, in the order
 * of their numbers, each in a transaction of its own. Processes that migrate at once wait for one another.
 * @throws where the history of the database is not the program's own, with words that say what to do. Then nothing
 * has been changed. Where a file fails, those before it stay applied.
 */
export async function migrate(database: Database, options: MigrationOptions = {}): Promise<{ applied: string[] }> {
  const migrations = readMigrations(options.folder)
  const applied: string[] = []
  for (;;) {
    const name = await database.transaction((tx) => applyNext(tx, migrations, options.log), { deadlineMilliseconds })
    if (name === undefined) return { applied }
    applied.push(name)
  }
}

/** The files that this program knows and the database does not. */
export async function pendingMigrations(database: Database, folder?: string): Promise<string[]> {
  const known = new Set((await readApplied(database.sql)).map(({ name }) => name))
  return readMigrations(folder)
    .map(({ name }) => name)
    .filter((name) => !known.has(name))
}

/** The SQL files of a folder, in order. */
export function readMigrations(folder = ownFolder): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const migrations = names.toSorted().map((name) => readMigration(folder, name))
  migrations.forEach(({ name }, i) => {
    const before = migrations[i - 1]?.name
    if (before !== undefined && numberOf(before) === numberOf(name))
      throw new Error(`the migrations ${before} and ${name} have the same number: give the newer one the next number`)
  })
  return migrations
}

function readMigration(folder: string, name: string): Migration {
  if (!/^\d{4}_[a-z0-9_-]+\.sql$/.test(name)) throw new Error(`the migration ${name} must be named like 0001_first.sql`)
  // The same file, checked out on a system with other line ends, is still the same migration.
  const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')
  return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
}

const numberOf = (name: string): string => name.slice(0, 4)

async function applyNext(tx: Tx, migrations: Migration[], log?: (line: string) => void): Promise<string | undefined> {
  await tx`select pg_advisory_xact_lock(${advisoryLock})`
  await tx`create table if not exists migrations (
    name text primary key, checksum text not null, applied_at timestamptz not null default now())`
  const next = findNext(migrations, await readApplied(tx))
  if (next === undefined) return undefined
  log?.(`applying ${next.name}`)
  await applyFile(tx, next)
  await tx`insert into migrations (name, checksum) values (${next.name}, ${next.checksum})`
  return next.name
}

async function applyFile(tx: Tx, { name, text }: Migration): Promise<void> {
  try {
    await tx.unsafe(text)
  } catch (error) {
    throw new Error(`the migration ${name} failed, and was undone: ${(error as Error).message}`, { cause: error })
  }
}

// One may rebuild the largest tables, and wait for another process that does.
const deadlineMilliseconds = 24 * 60 * 60 * 1000

type Applied = { name: string; checksum: string }

async function readApplied(sql: Queryable): Promise<Applied[]> {
  const [row] = await sql<{ isThere: boolean }[]>`select to_regclass('migrations') is not null as is_there`
  return row?.isThere ? sql<Applied[]>`select name, checksum from migrations order by name` : []
}

/** The first file that was not applied yet, once the ones that were are found to be the program's own. */
function findNext(migrations: Migration[], applied: Applied[]): Migration | undefined {
  for (const entry of applied) checkApplied(entry, migrations)
  const last = applied.at(-1)?.name
  const next = migrations[applied.length]
  const early = migrations.find(
    ({ name }) => last !== undefined && name < last && !applied.some((a) => a.name === name),
  )
  if (early !== undefined)
    throw new Error(
      `the migration ${early.name} comes before ${last}, which is applied already: give it the next number`,
    )
  return next
}

function checkApplied({ name, checksum }: Applied, migrations: Migration[]): void {
  const own = migrations.find((migration) => migration.name === name)
  if (own?.checksum === checksum) return
  if (own !== undefined)
    throw new Error(
      `the migration ${name} was changed after it was applied: put it back as it was, and write the change into a new file`,
    )
  if (name > (migrations.at(-1)?.name ?? ''))
    throw new Error(
      `the database is newer than this program: it knows the migration ${name}. Run the version of quanhub that applied it, or a newer one`,
    )
  throw new Error(
    `the migration ${name} was applied to this database, but its file is missing: put it back, or install quanhub anew`,
  )
}
