import type { Tx } from '../../db/client/client.ts'
import type { SetupWrite } from '../../db/set-up-writes.ts'
import type { Operator } from '../command/command.ts'
import {
  addSchemaOf,
  hasSettings,
  newColumns,
  settingsSchemaOf,
  updateSchemaOf,
  type AddInput,
  type Noun,
  type RowOf,
  type UpdateInput,
} from '../nouns/noun.ts'
import { rowsOf, type DescribedNoun } from '../set-up/rows.ts'
import type { Setup } from '../set-up/snapshot.ts'
import { actOnSetup, type SetupCore } from './act.ts'
import { given, parseInput, pickFrom, requireChanges, requireFound, requireFree } from './fields.ts'

// How every noun is added and changed: its description says what may be said, what a row begins with and what is looked
// at again. What a noun asks besides is handed in.

/** What goes with a new row: columns that nobody says, what the audit says besides, what is written before it and behind it. */
type Besides<Row> = { columns?: Partial<Row>; after?: object; first?: SetupWrite[]; writes?: SetupWrite[] }
/** `apart`: all that was said, with what is no column. */
type Adding<Row> = { setup: Setup; now: Date; tx: Tx; row: Row; apart: Record<string, unknown> }
type Changing<Row> = { setup: Setup; row: Row }

type Fields = Record<string, unknown>

/** `ACC1 S1`: how the audit names one. */
const subjectIdOf = (noun: Noun, fields: Fields): string => noun.keys.map((key) => String(fields[key])).join(' ')

/** Settings as a whole. Refuses with `bad_request`, naming the field; none where the noun has no settings. */
const readSettings = (noun: Noun, settings: unknown): Fields =>
  hasSettings(noun) ? { settings: parseInput(settingsSchemaOf(noun), settings) } : {}

/** What a row holds that nobody says when it is added. */
export const keptColumns = (noun: Noun, now: Date): Fields => ({
  ...('written' in noun.fields ? { written: null } : {}),
  isEnabled: true,
  createdAt: now,
})

/**
 * Adds one of a noun. Refuses with `bad_request` what its description does not allow, with `setup_conflict` where it is
 * there already, and with what `besides` refuses.
 */
export function addDescribed<N extends DescribedNoun>(
  core: SetupCore,
  operator: Operator,
  noun: N,
  input: AddInput<N>,
  besides: (adding: Adding<RowOf<N>>) => Besides<RowOf<N>> | Promise<Besides<RowOf<N>>> = () => ({}),
): Promise<RowOf<N>> {
  const { settings = {}, ...apart } = parseInput(addSchemaOf(noun), input) as Fields
  const columns = { ...newColumns(noun, apart), ...readSettings(noun, settings) }
  return actOnSetup(core, operator, {
    act: `${noun.key}.add`,
    subjectKind: noun.key,
    decide: async (setup, now, tx) => {
      const subjectId = subjectIdOf(noun, columns)
      requireFree(rowsOf(setup, noun).get(subjectId), noun.key, subjectId)
      const said = { ...columns, ...keptColumns(noun, now) } as RowOf<N>
      const more = await besides({ setup, now, tx, row: said, apart })
      const row = { ...said, ...more.columns }
      const { first = [], after, writes = [] } = more
      const insert: SetupWrite = { table: noun.table, insert: row }
      return {
        subjectId,
        before: null,
        after: { ...row, ...after },
        writes: [...first, insert, ...writes],
        result: row,
      }
    },
  })
}

/**
 * Changes what is given; a setting that is given as `undefined` is no longer set. Refuses with `bad_request` what the
 * description does not allow, or where nothing is given, with `setup_not_found`, and with what `check` refuses of the row
 * as it would be.
 * @param columnsOf the columns that change, where more than columns may be said.
 */
export function updateDescribed<N extends DescribedNoun>(
  core: SetupCore,
  operator: Operator,
  noun: N,
  input: UpdateInput<N>,
  check: (changing: Changing<RowOf<N>>) => void = () => undefined,
  columnsOf: (said: Fields) => Fields = (said) => said,
): Promise<RowOf<N>> {
  const { settings, ...said } = parseInput(updateSchemaOf(noun), input) as Fields
  const where = pickFrom(said, Object.fromEntries(noun.keys.map((key) => [key, null]))) as Record<string, string>
  const columns = columnsOf(Object.fromEntries(Object.entries(said).filter(([name]) => !noun.keys.includes(name))))
  return actOnSetup(core, operator, {
    act: `${noun.key}.update`,
    subjectKind: noun.key,
    decide: (setup) => {
      const subjectId = subjectIdOf(noun, where)
      const row = requireFound(rowsOf(setup, noun).get(subjectId), noun.key, subjectId) as Fields
      const merged = settings === undefined ? {} : readSettings(noun, { ...(row['settings'] as Fields), ...settings })
      const changes = given({ ...columns, ...merged })
      requireChanges(changes)
      const result = { ...row, ...changes } as RowOf<N>
      check({ setup, row: result })
      const writes: SetupWrite[] = [{ table: noun.table, update: changes, where }]
      return { subjectId, before: pickFrom(row, changes), after: changes, writes, result }
    },
  })
}
