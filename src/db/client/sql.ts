import type postgres from 'postgres'

/** How PostgreSQL's types travel: int8 is a number (every count, amount and id of ours stays below 2^53). */
export const types = {
  bigint: { to: 20, from: [20], parse: Number, serialize: String },
}

type Types = { bigint: number }

/**
 * A tagged template that runs statements, each by itself on any free connection. Not for use inside a transaction
 * (it rejects there). A cursor needs a transaction, since it keeps its connection.
 */
export type Sql = postgres.ISql<Types> & { file: never; notify: never }

/** Runs statements in one transaction. Statements that are not awaited one by one are sent together, in order. */
export type Tx = Sql & {
  kind: 'embedded' | 'postgres'
  /** Runs `work` so that only its own changes are undone where it throws. */
  savepoint: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
}

export type Queryable = Sql | Tx

/** The client's own object: here it only builds statements and is never connected. */
export type StatementBuilder = postgres.Sql<Types>

/** A statement of the client, with the members that its types leave out. It runs when it is first awaited. */
export type Statement = Promise<unknown> & {
  handler: (statement: Statement) => void
  reject: (error: unknown) => void
  cancelled: unknown
  cursorFn?: unknown
}

const timestampArray = 1185
const byteaArray = 1001

/**
 * An array of dates as a parameter: `${timestamps(sql, dates)}`. A plain array of dates is taken for a single
 * timestamptz by the client.
 */
export function timestamps(sql: Queryable, dates: readonly (Date | null)[]): postgres.Parameter {
  return sql.typed(arrayLiteral(dates.map((date) => date && date.toISOString())), timestampArray) as postgres.Parameter
}

/** An array of bytes as a parameter: `${byteArrays(sql, buffers)}`, for the same reason as `timestamps`. */
export function byteArrays(sql: Queryable, buffers: readonly (Uint8Array | null)[]): postgres.Parameter {
  return sql.typed(arrayLiteral(buffers.map((bytes) => bytes && hex(bytes))), byteaArray) as postgres.Parameter
}

// The backslash is escaped once more inside the quotes of an array.
const hex = (bytes: Uint8Array): string =>
  `\\\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`

const arrayLiteral = (elements: (string | null)[]): string =>
  `{${elements.map((element) => (element === null ? 'null' : `"${element}"`)).join(',')}}`

/** The statements of `builder`, run by `execute` instead of by the client's own pool. */
export function routed(builder: StatementBuilder, execute: (statement: Statement) => void): Sql {
  const route = (built: unknown): unknown => {
    // Everything but a statement (an identifier, a list of values) is only a part of one.
    if (built instanceof Promise) (built as Statement).handler = execute
    return built
  }
  const { unsafe, array, json, typed, types } = builder as unknown as Record<string, (...parts: unknown[]) => unknown>
  const build = builder as unknown as (...parts: unknown[]) => unknown
  return Object.assign((...parts: unknown[]) => route(build(...parts)), {
    unsafe: (...parts: unknown[]) => route(unsafe!(...parts)),
    array,
    json,
    typed,
    types,
  }) as unknown as Sql
}
