import type { Database, Queryable, Tx } from './client.ts'

/** The tables that are partitioned by month (UTC) as `<table>_yyyy_mm`, with a default partition `<table>_rest`. */
type MonthlyTable = 'deliveries' | 'audit' | 'decisions'

/** By which instant each is partitioned. */
const instantOf = { deliveries: 'started_at', audit: 'at', decisions: 'at' } as const
const monthlyTables = Object.keys(instantOf) as MonthlyTable[]
const monthsAhead = 2

type Month = { suffix: string; from: Date; until: Date }

function monthAt(now: Date, offset: number): Month {
  const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset))
  const until = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset + 1))
  return { suffix: from.toISOString().slice(0, 7).replace('-', '_'), from, until }
}

/**
 * Makes the partitions of this month and the next two, where they are missing, and returns their names. A month whose
 * rows have come already stays in the default partition: it serves as well, only pruning it costs more.
 */
export async function ensureMonthlyPartitions(database: Database, now: Date): Promise<string[]> {
  const made: string[] = []
  for (const table of monthlyTables) {
    for (let offset = 0; offset <= monthsAhead; offset++) {
      const month = monthAt(now, offset)
      const name = `${table}_${month.suffix}`
      if (await exists(database.sql, name)) continue
      if (await database.transaction((tx) => makePartition(tx, table, name, month))) made.push(name)
    }
  }
  return made
}

// Asked of the table of tables: `to_regclass` goes by what the session remembers, and need not know yet what another
// process has just committed.
async function exists(sql: Queryable, name: string): Promise<boolean> {
  const rows = await sql<{ isThere: boolean }[]>`
    select exists (select 1 from pg_class where relname = ${name} and pg_table_is_visible(oid)) as is_there`
  return rows[0]!.isThere
}

// The names come from a list of ours and a date, so they may stand in the statement's text, where parameters cannot.
async function makePartition(tx: Tx, table: MonthlyTable, name: string, { from, until }: Month): Promise<boolean> {
  await beginChange(tx)
  // Another process may have made it while this one waited for the lock.
  if (await exists(tx, name)) return false
  const column = instantOf[table]
  const late = await tx<{ isUsed: boolean }[]>`
    select exists (select 1 from ${tx(`${table}_rest`)} where ${tx(column)} >= ${from} and ${tx(column)} < ${until})
      as is_used`
  if (late[0]!.isUsed) return false
  const [lower, upper] = [from.toISOString(), until.toISOString()]
  await tx.unsafe(`create table ${name} partition of ${table} for values from ('${lower}') to ('${upper}')`)
  return true
}

// Making and dropping partitions locks the whole table for a moment: behind a long read it would make everyone wait.
async function beginChange(tx: Tx): Promise<void> {
  await tx`select set_config('lock_timeout', '2000', true), pg_advisory_xact_lock(hashtext('quanhub partitions'))`
}

const rowsPerDelete = 10_000

/** Forgets rows older than so many days: whole months at once. Returns the names of the partitions dropped. */
export async function dropOldRows(
  database: Database,
  table: Exclude<MonthlyTable, 'audit'>,
  now: Date,
  keptDays: number,
): Promise<string[]> {
  const before = new Date(now.getTime() - keptDays * 86_400_000)
  const rows = await database.sql<{ name: string }[]>`
    select relid::text as name from pg_partition_tree(${table}) where isleaf and relid::text ~ '_\\d{4}_\\d{2}$'
    order by 1`
  const old = rows.map((row) => row.name).filter((name) => endOfPartition(name) <= before)
  for (const name of old) {
    await database.transaction(async (tx) => {
      await beginChange(tx)
      await tx.unsafe(`drop table if exists ${name}`)
    })
  }
  await deleteFromRest(database.sql, table, before)
  return old
}

function endOfPartition(name: string): Date {
  const [year = 0, month = 0] = name.split('_').slice(-2).map(Number)
  return new Date(Date.UTC(year, month))
}

async function deleteFromRest(sql: Queryable, table: MonthlyTable, before: Date): Promise<void> {
  const rest = sql(`${table}_rest`)
  for (let count = rowsPerDelete; count === rowsPerDelete;) {
    const deleted = await sql`
      delete from ${rest} where ctid = any(array(
        select ctid from ${rest} where ${sql(instantOf[table])} < ${before} limit ${rowsPerDelete}))`
    count = deleted.count
  }
}
