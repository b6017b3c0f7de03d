import { mostOddRows, type OddRow, type ReadOdd, type ReadPage } from './rows.ts'

/** Redemptions of suppliers' codes that used a code up, yet leave it to others. */
export const foreignHeld: ReadOdd = (sql, { lanes }, { from, until, firstNo, endNo }) => sql<OddRow[]>`
  select no as subject, 'a code that nobody else may use' as expected, 'one that is free' as found
  from unnest(${[...lanes]}::int[]) l, lateral (
    select no from foreign_redemptions
    where lane = l and no >= ${firstNo} and no < ${endNo} and created_at >= ${from} and created_at < ${until}
      and state = 'succeeded' and coalesce(uses_left, 0) = 0 and not is_holding) x
  limit ${mostOddRows}`

type Place = { createdAt: string; no: string }
const firstPlace: Place = { createdAt: '1970-01-01T00:00:00Z', no: '' }

/** The open ones, however old, that nobody asks about although they were not asked as often as may be. */
export const readForgottenForeignPage =
  (mostAttempts: number): ReadPage =>
  async (sql, after, limit) => {
    const { createdAt, no } = after === '' ? firstPlace : (JSON.parse(after) as Place)
    const page = sql`
      (select * from foreign_redemptions where state in ('pending', 'reversing')
        and created_at >= ${createdAt}::timestamptz and (created_at, no) > (${createdAt}::timestamptz, ${no}::text)
      order by created_at, no limit ${limit})`
    const [odd, places] = await Promise.all([
      sql<OddRow[]>`
        select no as subject, 'a time at which the supplier is asked' as expected, state || ', asked ' || attempts as found
        from ${page} p where due_at is null and attempts < ${mostAttempts}`,
      sql<{ createdAt: Date; no: string }[]>`
        select created_at, no from ${page} p order by created_at desc, no desc limit 1`,
    ])
    const [last] = places
    return { odd, next: last === undefined ? undefined : JSON.stringify(last) }
  }
