import postgres from 'postgres'
import { openConnection } from './connection.ts'
import type { ConnectSocket } from './connection.ts'
import { openEmbeddedFolder } from './embedded/open.ts'
import type { Embedded } from './embedded/open.ts'
import { createPool } from './pool.ts'
import { clientOptions, connectToServer, describeServer, refuseOldServer, serverBuilder } from './server.ts'
import type { Sql, StatementBuilder, Tx } from './sql.ts'
import { createSession } from './transaction.ts'
import type { TransactionOptions } from './transaction.ts'

export { isConnectionLost, isLocked, isTransient, isUniqueViolation, isUnwritable, transientError } from './errors.ts'
export { byteArrays, timestamps } from './sql.ts'
export type { Queryable, Sql, Tx } from './sql.ts'

/** The database, as everything but its own folder sees it. */
export type Database = {
  kind: Tx['kind']
  /** Single statements, each on its own. Rejects inside of a transaction: use `tx` there. */
  sql: Sql
  /**
   * Runs `work` in one transaction (read committed): commits where it returns, rolls back where it throws. Where
   * the error is a lost connection (`isConnectionLost`), it may have been committed nevertheless. Not to be nested.
   */
  transaction: <T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions) => Promise<T>
  /** Lets what is running finish, for five seconds at most, and closes. */
  close: () => Promise<void>
}

type DatabaseOptions = {
  /** A PostgreSQL server, 15 or newer. Without it the database is the embedded one in `dataFolder`. */
  databaseUrl?: string | undefined
  dataFolder: string
  /** How many connections to the server at most. The embedded database has one. */
  poolSize?: number
  /** What the server's administrator sees in pg_stat_activity. */
  applicationName?: string
  /** Is told when the embedded database has stopped by itself: there is nothing left but to end the process. */
  onFatal?: (error: Error) => void
}

const closeTimeoutMilliseconds = 5_000

/**
 * Opens the database and checks that it can be used.
 * @throws with words for the operator: the server cannot be reached or is too old, the data folder is in use.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, dataFolder, onFatal } = options
  if (databaseUrl === undefined || databaseUrl === '')
    return openOnEmbedded(await openEmbeddedFolder(dataFolder, onFatal))
  return openServer(databaseUrl, options.poolSize ?? 10, options.applicationName ?? 'quanhub')
}

/** The database over an embedded one that was started already, which is closed together with it. */
export async function openOnEmbedded(embedded: Embedded): Promise<Database> {
  const database = assemble('embedded', embeddedBuilder(), embedded.connectSocket, 1)
  const close = async (): Promise<void> => {
    await database.close()
    await embedded.close()
  }
  try {
    await database.sql`select 1`
    return { ...database, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openServer(databaseUrl: string, poolSize: number, applicationName: string): Promise<Database> {
  const builder = serverBuilder(databaseUrl, applicationName)
  const database = assemble('postgres', builder, connectToServer(builder), poolSize)
  try {
    await checkVersion(database.sql)
    return database
  } catch (error) {
    await database.close()
    throw new Error(`cannot use ${describeServer(builder)} (DATABASE_URL): ${describeError(error)}`, { cause: error })
  }
}

async function checkVersion(sql: Sql): Promise<void> {
  const [row] = await sql<{ number: number; version: string }[]>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as version`
  if (row !== undefined) refuseOldServer(row.number, row.version)
}

// When every address of a name refuses, Node's error has no words of its own.
function describeError(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string }
  return message || code || String(error)
}

function assemble(
  kind: Database['kind'],
  builder: StatementBuilder,
  connectSocket: ConnectSocket,
  poolSize: number,
): Database {
  const pool = createPool(poolSize, () => openConnection(builder, connectSocket))
  return { kind, ...createSession(kind, builder, pool), close: () => pool.close(closeTimeoutMilliseconds) }
}

/** Nothing of it comes from the environment: variables meant for a server must not bend the embedded database. */
function embeddedBuilder(): StatementBuilder {
  const builder = postgres({
    ...clientOptions,
    host: 'embedded',
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    password: '',
    ssl: false,
    target_session_attrs: 'read-write',
    connection: { application_name: 'quanhub' },
  })
  return Object.assign(builder, { options: { ...builder.options, target_session_attrs: undefined } })
}
