import type { Database } from '../../src/db/client/client.ts'

type Table = { name: string; columns: string; isSeeded: boolean }

/**
 * Remembers the rows that a database has now, in a schema of the given name, and answers how to go back to them.
 * Deleting is faster than truncating as long as tests write little, and one message does all of it.
 */
export async function prepareReset(database: Database, keptRows: string): Promise<() => Promise<void>> {
  await database.sql.unsafe(`drop schema if exists ${keptRows} cascade`)
  await database.sql.unsafe(`create schema ${keptRows}`)
  const tables = await findTables(database)
  for (const table of tables) {
    const [row] = await database.sql.unsafe<{ has: boolean }[]>(`select exists (select from ${table.name}) as has`)
    table.isSeeded = row?.has === true
    if (table.isSeeded)
      await database.sql.unsafe(`create table ${keptRows}.${table.name} as select ${table.columns} from ${table.name}`)
  }
  const statements = resetStatements(tables, keptRows).join(';\n')
  return async () => {
    await database.transaction((tx) => tx.unsafe(statements))
  }
}

/** All tables of ours but the list of migrations; a partitioned one stands for its partitions. */
async function findTables({ sql }: Database): Promise<Table[]> {
  const rows = await sql<{ name: string; columns: string }[]>`
    select quote_ident(c.relname) as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname <> 'migrations' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    group by c.relname order by c.relname`
  return rows.map(({ name, columns }) => ({ name, columns, isSeeded: false }))
}

function resetStatements(tables: Table[], keptRows: string): string[] {
  const seeded = tables.filter((table) => table.isSeeded)
  return [
    // Foreign keys are not looked at meanwhile, so the order of the tables does not matter.
    'set local session_replication_role = replica',
    ...tables.map(({ name }) => `delete from ${name}`),
    ...seeded.map(
      ({ name, columns }) =>
        `insert into ${name} (${columns}) overriding system value select ${columns} from ${keptRows}.${name}`,
    ),
  ]
}
