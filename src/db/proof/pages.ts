import type { Queryable } from '../client/client.ts'
import type { Page, ReadPage } from './picture.ts'

type PageRow = { hash: Buffer; isOdd: boolean; expected: string }

const hashOf = (place: string): Buffer => Buffer.from(place, 'hex')

const toPage = (rows: PageRow[], limit: number, found: string): Page => ({
  odd: rows
    .filter(({ isOdd }) => isOdd)
    .map(({ hash, expected }) => ({ subject: hash.toString('hex'), expected, found })),
  next: rows.length < limit ? undefined : rows.at(-1)?.hash.toString('hex'),
})

/** Request numbers whose redemption is missing. */
export const readRequestNumberPage: ReadPage = async (sql, after, limit) => {
  const rows = await sql<PageRow[]>`
    select n.scope_hash as hash, 'redemption ' || n.redemption_no as expected,
      n.redemption_no is not null and not exists (
        select from redemptions r where r.lane = n.lane and r.no = n.redemption_no) and not exists (
        select from foreign_redemptions f where f.lane = n.lane and f.no = n.redemption_no) as is_odd
    from (select * from request_numbers where scope_hash > ${hashOf(after)} order by scope_hash limit ${limit}) n
    order by n.scope_hash`
  return toPage(rows, limit, 'no such redemption')
}

/** Imported codes that are in a lane without a coupon there, or are not among their pool's numbers. */
export const readImportedCodePage: ReadPage = async (sql, after, limit) => {
  const rows = await sql<PageRow[]>`
    select i.code_hash as hash, 'code ' || i.number || ' of pool ' || i.source_id
        || coalesce(', with its coupon in lane ' || i.lane, '') as expected,
      not exists (select from pool_codes p
        where p.source_id = i.source_id and p.number = i.number and p.code_hash = i.code_hash)
      or i.lane is not null and not exists (select from coupons c
        where c.lane = i.lane and c.source_id = i.source_id and c.serial = i.number) as is_odd
    from (select * from imported_codes where code_hash > ${hashOf(after)} order by code_hash limit ${limit}) i
    order by i.code_hash`
  return toPage(rows, limit, 'it is not there')
}

/** How many codes a pool has with numbers from `from` (included) to `until` (excluded). */
export async function countPoolCodes(sql: Queryable, sourceId: number, from: number, until: number): Promise<number> {
  const rows = await sql<{ count: number }[]>`
    select count(*)::int as count from pool_codes
    where source_id = ${sourceId} and number >= ${from} and number < ${until}`
  return rows[0]!.count
}

/** The highest number of a pool's codes, by pool. Pools without codes are left out. */
export async function readHighestPoolNumbers(sql: Queryable, sourceIds: readonly number[]) {
  return sql<{ sourceId: number; number: number }[]>`
    select p.* from unnest(${[...sourceIds]}::int[]) s,
      lateral (select source_id, number from pool_codes where source_id = s order by number desc limit 1) p`
}
