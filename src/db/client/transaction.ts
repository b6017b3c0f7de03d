import { AsyncLocalStorage } from 'node:async_hooks'
import type { Connection } from './connection.ts'
import { startDeadline } from '../../time/waiting.ts'
import { connectionLost, isFollowing } from './errors.ts'
import type { Pool } from './pool.ts'
import { routed } from './sql.ts'
import type { Sql, Statement, StatementBuilder, Tx } from './sql.ts'

type Session = {
  sql: Sql
  transaction: <T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions) => Promise<T>
}

export type TransactionOptions = {
  /**
   * Begins `work` before the server has said that the transaction has begun, so that its first statements travel
   * together with `begin`. They must be such as do no harm by themselves (reads and locks): should `begin` fail, they
   * have run outside of a transaction. What follows them is refused then.
   */
  isEager?: boolean
  /** How long it may take in all, waiting for a connection apart; a minute where it is not said. */
  deadlineMilliseconds?: number
}

// Nothing that is awaited waits for ever: the server, or the way to it, may fall silent without ending a connection.
const longestMilliseconds = 60_000

type Scope = { isOpen: boolean }

/**
 * Statements and transactions over a pool. A statement outside the transaction would wait for a second connection
 * while the first one is held (for ever, where there is only one): inside a transaction only `tx` may be used.
 */
export function createSession(kind: Tx['kind'], builder: StatementBuilder, pool: Pool): Session {
  const scopes = new AsyncLocalStorage<Scope>()
  const isInside = (): boolean => scopes.getStore()?.isOpen === true

  async function executeAlone(statement: Statement): Promise<void> {
    if (isInside()) return statement.reject(insideError('a statement'))
    if (statement.cursorFn !== undefined) return statement.reject(new Error('a cursor needs a transaction'))
    try {
      const connection = await pool.take()
      const release = borrow(pool, connection, longestMilliseconds)
      statement.then(release, release)
      connection.execute(statement)
    } catch (error) {
      statement.reject(error)
    }
  }

  async function transaction<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    if (isInside()) throw insideError('another transaction')
    const connection = await pool.take()
    const release = borrow(pool, connection, options.deadlineMilliseconds ?? longestMilliseconds)
    const scope = { isOpen: true }
    try {
      const tx = createTx(kind, builder, connection, scope)
      // Awaited inside of the scope: a statement that `work` merely hands back begins only when it is awaited.
      return await runTransaction(connection, scope, () => scopes.run(scope, async () => await work(tx)), options)
    } finally {
      release()
    }
  }

  return { sql: routed(builder, (statement) => void executeAlone(statement)), transaction }
}

/** Gives a connection up that was not given back in time; answers how it is given back. */
function borrow(pool: Pool, connection: Connection, milliseconds: number): () => void {
  const stop = startDeadline(milliseconds, () =>
    connection.abandon(
      connectionLost(`the database did not answer within ${milliseconds} ms: what ran may have taken effect, or not`),
    ),
  )
  return () => {
    stop()
    pool.release(connection)
  }
}

const insideError = (what: string): Error =>
  new Error(
    `${what} was started inside a transaction without being part of it: use tx (tx.savepoint for a part of its own)`,
  )

async function runTransaction<T>(
  connection: Connection,
  scope: Scope,
  work: () => Promise<T>,
  { isEager = false }: TransactionOptions,
): Promise<T> {
  connection.takeFailure()
  const begun = begin(connection, scope)
  if (!isEager) await begun
  let result: T
  try {
    ;[, result] = await Promise.all([begun, work()])
  } catch (error) {
    scope.isOpen = false
    const first = connection.takeFailure()
    await rollBack(connection)
    throw isFollowing(error) ? (first ?? error) : error
  }
  scope.isOpen = false
  // PostgreSQL answers the commit of a failed transaction with a rollback, not with an error.
  const tag = await connection.command('commit')
  if (tag !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed, unheard')
  return result
}

async function begin(connection: Connection, scope: Scope): Promise<void> {
  try {
    await connection.command('begin')
  } catch (error) {
    scope.isOpen = false
    throw error
  }
}

// A session that cannot roll back must not be used by anyone else.
async function rollBack(connection: Connection): Promise<void> {
  try {
    await connection.command('rollback')
  } catch (error) {
    connection.abandon(connectionLost('the session could not roll back, and was given up', error))
  }
}

function createTx(kind: Tx['kind'], builder: StatementBuilder, connection: Connection, scope: Scope): Tx {
  let savepoints = 0
  const sql = routed(builder, (statement) => {
    // What was left behind by a `work` that is over would run outside of any transaction, or in somebody else's.
    if (scope.isOpen) connection.execute(statement)
    else statement.reject(new Error('the transaction is over: await every statement before its work returns'))
  })
  const tx: Tx = Object.assign(sql, {
    kind,
    savepoint: async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
      savepoints += 1
      const name = `savepoint_${savepoints}`
      await tx.unsafe(`savepoint ${name}`)
      try {
        const result = await work(tx)
        await tx.unsafe(`release savepoint ${name}`)
        return result
      } catch (error) {
        await tx.unsafe(`rollback to savepoint ${name}`)
        connection.takeFailure()
        throw error
      }
    },
  })
  return tx
}
