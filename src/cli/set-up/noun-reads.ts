import { fieldsOf, type Field, type Noun, type RowOf } from '../../core/nouns/noun.ts'
import type { DescribedNoun } from '../../core/set-up/rows.ts'
import { rowsOf } from '../../core/set-up/rows.ts'
import type { Setup } from '../../core/set-up/snapshot.ts'
import { argumentsOf } from './noun-acts.ts'
import type { Reads } from './reads.ts'
import { ways } from './ways.ts'
import { showWritten } from './written.ts'

type Shown = string | number | undefined
type Lines = Record<string, Shown>

/** What is shown of some fields otherwise than their kind says: a text, or lines under titles of their own. */
export type ShownOtherwise<N extends Noun> = {
  [K in keyof N['fields']]?: (row: RowOf<N>, setup: Setup) => Shown | Lines
}

type Row = Record<string, unknown> & { settings?: Record<string, unknown> }

/** How a noun is listed and shown: field by field, as its description says. */
export function readsOf<N extends DescribedNoun>(noun: N, otherwise: ShownOtherwise<N> = {}): Reads<RowOf<N>> {
  const shown = (row: RowOf<N>, name: string, setup: Setup): Shown | Lines => {
    const own = otherwise[name as keyof N['fields']]
    return own === undefined ? showField(noun.fields[name]!, name, row) : own(row, setup)
  }
  const titleOf = (name: string): string => noun.fields[name]!.title.en
  return {
    kind: noun.key,
    plural: noun.plural,
    args: argumentsOf(noun),
    rows: (setup) => [...rowsOf(setup, noun).values()] as RowOf<N>[],
    idOf: (row) => noun.keys.map((key) => String((row as Row)[key])).join(' '),
    head: noun.list.map(titleOf),
    cells: (row, setup) => noun.list.map((name) => cellOf(shown(row, name, setup))),
    fields: (row, setup) =>
      Object.assign(
        {},
        ...fieldsOf(noun).map(([name]) => {
          const value = shown(row, name, setup)
          return typeof value === 'object' ? value : { [titleOf(name)]: value }
        }),
      ) as Lines,
  }
}

// A list has one column for a field; only what is shown in several lines has none.
const cellOf = (shown: Shown | Lines): string => (typeof shown === 'object' ? '' : String(shown ?? '-'))

function showField({ kind, place, unset }: Field, name: string, row: Row): Shown | Lines {
  if (kind === 'written') return showWritten(row[name])
  if (kind === 'own') return undefined
  const value = place === 'setting' ? row.settings?.[name] : row[name]
  if (value === undefined || value === null) return unset
  return ways[kind].show(value as never)
}
