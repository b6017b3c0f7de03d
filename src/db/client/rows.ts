import type { Queryable } from './client.ts'

/**
 * Inserts many rows by one statement. The rows travel as one JSON parameter, which PostgreSQL turns into the
 * table's own row type, so that a table's columns are written down once: in its migration.
 * Column names are the keys in snake_case; a Date becomes an instant, bytes become bytea.
 * @param conflict what follows `on conflict`, for example `do nothing`.
 */
export async function insertRows(tx: Queryable, table: string, rows: object[], conflict = ''): Promise<number> {
  if (rows.length === 0) return 0
  const columns = Object.keys(rows[0]!).map(snakeCase)
  const statement = `insert into ${table} (${columns.join(', ')})
    select ${columns.join(', ')} from json_populate_recordset(null::${table}, $1::text::json)
    ${conflict === '' ? '' : `on conflict ${conflict}`}`
  return (await tx.unsafe(statement, [rowsToJson(rows)], { prepare: true })).count
}

/** Rows as the JSON text that `json_populate_recordset` and `jsonb_populate_recordset` read. */
export function rowsToJson(rows: object[]): string {
  return JSON.stringify(rows.map(rowToColumns))
}

/** The last row of each key, where the first one stood: for what is to be read, locked or written once. */
export const lastOfEach = <Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
]

function rowToColumns(row: object): Record<string, unknown> {
  const columns: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(row)) columns[snakeCase(key)] = columnValue(value)
  return columns
}

const columnValue = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
    : value

const snakeNames = new Map<string, string>()

function snakeCase(name: string): string {
  let snake = snakeNames.get(name)
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    snakeNames.set(name, snake)
  }
  return snake
}
