import type { RedeemableAt } from '../core/nouns/template-terms.ts'
import { formatShanghaiDateTime } from '../time/shanghai.ts'
import { formatYuan } from '../wire/amount.ts'
import type { Report, Table } from './output.ts'

/** A number with its noun: `1 attempt`, `2 attempts`. For nouns that take an s. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** An instant as people read it: Asia/Shanghai, with its zone. */
export const showTime = (at: Date | null): string => (at === null ? '-' : `${formatShanghaiDateTime(at)} +08:00`)

export const showYuan = (fen: number | null): string => (fen === null ? '-' : formatYuan(fen))

export const showFlag = (is: boolean): string => (is ? 'yes' : 'no')

export const showLimit = (limit: number | null): string => (limit === null ? 'none' : String(limit))

/** As `--redeemable-at` takes it. */
export function showPlace(place: RedeemableAt): string {
  switch (place.kind) {
    case 'nowhere':
    case 'everywhere':
      return place.kind
    case 'acceptors':
      return `acceptors=${place.acceptors.join(',')}`
    case 'brand':
      return `brand=${place.brand}`
    case 'merchants':
      return `merchants=${place.acceptor}:${place.merchants.join(',')}`
    case 'shops':
      return `shops=${place.acceptor}:${place.shops.join(',')}`
  }
}

/** A thing's properties, one a line. What is undefined is left out. */
export function showFields(fields: Record<string, string | number | undefined>): string[] {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined)
  const width = Math.max(...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}

type Page<Row> = { items: Row[]; next: string | null }

/**
 * A page of rows that are at hand, in the order of their ids. `--after` names the last one seen.
 * @param idOf the id, which `--after` repeats.
 */
export function pageOf<Row>(rows: Row[], idOf: (row: Row) => string, { after, limit }: PageOptions): Page<Row> {
  const sorted = rows.map((row) => ({ id: idOf(row), row })).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const rest = after === undefined ? sorted : sorted.filter(({ id }) => id > after)
  const page = rest.slice(0, limit)
  return { items: page.map(({ row }) => row), next: rest.length > page.length ? (page.at(-1)?.id ?? null) : null }
}

export type PageOptions = { after?: string; limit: number }

/** A page as a table, and how to see the next one. `value` is what `--json` prints of an item. */
export function reportPage<Row>(
  { items, next }: Page<Row>,
  head: string[],
  cells: (row: Row) => string[],
  value: (row: Row) => unknown = (row) => row,
): Report {
  const table: Table = { head, rows: items.map(cells) }
  const lines = next === null ? [] : [`There are more: --after '${next}'`]
  if (items.length === 0) return { value: { items: [], next }, lines: ['There are none.'] }
  return { value: { items: items.map(value), next }, table, lines }
}
