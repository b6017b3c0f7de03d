import type { Queryable, Tx } from './client/client.ts'

export type CounterRow = { key: string; used: number; max: number | null }

/**
 * Locks the counters that exist among `keys` and reads them, in key order: the order in which every batch takes
 * them, so that two batches never wait for each other in a circle.
 */
export async function lockCounters(tx: Tx, keys: string[]): Promise<CounterRow[]> {
  if (keys.length === 0) return []
  return tx<CounterRow[]>`
    select c.key, c.used, c.max
    from unnest(${keys.toSorted()}::text[]) k,
      lateral (select key, used, max from counters where key = k for update) c`
}

/**
 * Makes the rows of counters that may not exist yet, at zero, so that they can be locked: an insert that meets its
 * limit only afterwards would not be guarded by it.
 */
export async function makeCounters(tx: Tx, counters: { key: string; endsAt: Date | null }[]): Promise<void> {
  if (counters.length === 0) return
  const sorted = counters.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  await tx`
    insert into counters (key, used, ends_at)
    select k.key, 0, k.ends_at::timestamptz
    from unnest(${sorted.map((counter) => counter.key)}::text[],
      ${sorted.map((counter) => counter.endsAt?.toISOString() ?? null)}::text[]) as k (key, ends_at)
    on conflict (key) do nothing`
}

/** Adds to counters, or takes back with a negative amount. The table's checks refuse what would break a limit. */
export async function addToCounters(tx: Tx, amounts: Map<string, number>): Promise<void> {
  const changed = [...amounts].filter(([, amount]) => amount !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (changed.length === 0) return
  const updated = await tx`
    update counters set used = used + a.amount
    from unnest(${changed.map(([key]) => key)}::text[], ${changed.map(([, amount]) => amount)}::bigint[])
      as a (key, amount)
    where counters.key = a.key`
  if (updated.count !== changed.length)
    throw new Error(`a counter is missing: ${changed.map(([key]) => key).join(', ')}`)
}

export async function readCounters(sql: Queryable, keys: string[]): Promise<CounterRow[]> {
  return sql<CounterRow[]>`select key, used, max from counters where key = any(${keys}::text[])`
}

/**
 * Takes a block of numbers and returns the first of them. The counter's `max` is how many there are;
 * undefined where fewer than `amount` are left.
 */
export async function takeNumbers(sql: Queryable, key: string, amount: number): Promise<number | undefined> {
  const rows = await sql<{ used: number }[]>`
    update counters set used = used + ${amount}
    where key = ${key} and (max is null or used + ${amount} <= max)
    returning used`
  const row = rows[0]
  return row === undefined ? undefined : row.used - amount
}

/** Changes a counter's limit by `amount`, and says what it is now; undefined where it would fall below what is used. */
export async function changeCounterMax(tx: Tx, key: string, amount: number): Promise<CounterRow | undefined> {
  const rows = await tx<CounterRow[]>`
    update counters set max = max + ${amount} where key = ${key} and max + ${amount} >= used returning key, used, max`
  return rows[0]
}

/** Forgets counters of periods that are over, a few at a time. */
export async function deleteEndedCounters(sql: Queryable, before: Date, limit: number): Promise<number> {
  const deleted = await sql`
    delete from counters where key in (select key from counters where ends_at < ${before} limit ${limit})`
  return deleted.count
}

/** The counters of limited stock and of code sources: as many as there are templates, activities and sources. */
export async function readStockCounters(sql: Queryable): Promise<CounterRow[]> {
  return sql<CounterRow[]>`
    select key, used, max from counters
    where (key >= 'stock:' and key < 'stock;' or key >= 'numbers:' and key < 'numbers;') and max is not null
    order by key`
}

/**
 * Takes numbers for pairs of activity and template, above `highest` (the highest there is), and returns the first. What
 * was taken is never given again, whatever became of its pair: channels keep ordering by the number that they know.
 */
export async function takeTicketIds(tx: Tx, amount: number, highest: number): Promise<number> {
  const rows = await tx<{ used: number }[]>`
    insert into counters (key, used) values ('tickets', ${highest}::bigint + ${amount}::bigint)
    on conflict (key) do update set used = greatest(counters.used, ${highest}::bigint) + ${amount}::bigint
    returning used`
  return rows[0]!.used - amount + 1
}
