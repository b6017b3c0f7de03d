import type { Tx } from './client/client.ts'
import { insertRows, rowsToJson } from './client/rows.ts'

export type SetupTable =
  | 'channels'
  | 'acceptors'
  | 'apps'
  | 'app_channels'
  | 'app_keys'
  | 'merchants'
  | 'shops'
  | 'activities'
  | 'templates'
  | 'activity_templates'
  | 'code_sources'
  | 'suppliers'
  | 'rules'
  | 'deliver_links'
  | 'channel_prices'
  | 'routes'
  | 'route_shops'
  | 'counters'

type Key = Record<string, string | number>

/** One row of a set-up table to be added, changed or removed. Names are the columns' in camelCase. */
export type SetupWrite =
  | { table: SetupTable; insert: object }
  | { table: SetupTable; update: object; where: Key }
  | { table: SetupTable; delete: Key }

/** Writes in the order given. A row that is to be changed or removed must be there, or the whole act fails. */
export async function writeSetup(tx: Tx, writes: SetupWrite[]): Promise<void> {
  for (const write of writes) {
    if ('insert' in write) await insertRows(tx, write.table, [write.insert])
    else if ('update' in write) await updateRow(tx, write.table, write.update, write.where)
    else await changeOne(tx, `delete from ${write.table} t using ${keyOf(write.table)}`, write.delete, [])
  }
}

async function updateRow(tx: Tx, table: SetupTable, changes: object, where: Key): Promise<void> {
  const columns = columnsOf(changes)
  if (columns.length === 0) return
  const assignments = columns.map((column) => `${column} = n.${column}`).join(', ')
  const source = `jsonb_populate_record(null::${table}, ($2::text::jsonb)->0) n, ${keyOf(table)}`
  await changeOne(tx, `update ${table} t set ${assignments} from ${source}`, where, [rowsToJson([changes])])
}

// The key travels as a row of the table too, so that its values have the columns' own types.
const keyOf = (table: SetupTable): string => `jsonb_populate_record(null::${table}, ($1::text::jsonb)->0) k`

async function changeOne(tx: Tx, statement: string, where: Key, parameters: string[]): Promise<void> {
  const condition = columnsOf(where)
    .map((column) => `t.${column} = k.${column}`)
    .join(' and ')
  const { count } = await tx.unsafe(`${statement} where ${condition}`, [rowsToJson([where]), ...parameters])
  if (count !== 1) throw new Error(`a row of the set-up that was read is missing: ${JSON.stringify(where)}`)
}

const columnsOf = (row: object): string[] =>
  Object.keys(row).map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
