import { describe, expect, it } from 'vitest'
import { describeOnEachDatabase } from '../../../test/support/database.ts'
import { byteArrays, isUniqueViolation, openDatabase, timestamps } from './client.ts'
import type { Tx } from './client.ts'
import { refuseOldServer } from './server.ts'

describeOnEachDatabase('the database client', (database) => {
  it('answers int8, sums of them and counts as numbers, and instants as dates', async () => {
    const [row] = await database().sql`
      select 9007199254740991::int8 as big, ${[1, 2]}::int8[] as bigs, count(*) as count, sum(2::int8)::bigint as sum,
        timestamptz '2026-11-22T08:00:00+08:00' as instant`
    expect(row).toEqual({ big: 2 ** 53 - 1, bigs: [1, 2], count: 1, sum: 2, instant: new Date('2026-11-22T00:00:00Z') })
  })

  it('changes the case of columns and leaves the keys inside of jsonb alone', async () => {
    const [row] = await database()
      .sql`select ${database().sql.json({ some_key: [{ otherKey: 1 }] })}::jsonb as some_value`
    expect(row).toEqual({ someValue: { some_key: [{ otherKey: 1 }] } })
  })

  it('passes arrays of dates, bytes and strings, empty ones too', async () => {
    const { sql } = database()
    const dates = [new Date(0), new Date('2026-11-22T01:02:03.456Z')]
    const bytes = [Buffer.from([0, 34, 92, 255]), Buffer.alloc(0), Buffer.from('{"a",b}')]
    const strings = ['a', '"', '\\', 'null', '{}', '券', '']
    const [row] = await sql`select ${timestamps(sql, dates)} as dates, ${byteArrays(sql, bytes)} as bytes,
      ${strings}::text[] as strings, ${timestamps(sql, [])} as no_dates, ${byteArrays(sql, [])} as no_bytes`
    expect(row).toEqual({ dates, bytes, strings, noDates: [], noBytes: [] })
    const nulls = await sql`select ${timestamps(sql, [null])} = array[null::timestamptz] as dates,
      ${byteArrays(sql, [null])} = array[null::bytea] as bytes`
    expect(nulls[0]).toEqual({ dates: true, bytes: true })
  })

  it('takes arrays inside a transaction that were made outside of it', async () => {
    const { sql, transaction } = database()
    const dates = sql.array([new Date(0)], 1184)
    const [row] = await transaction((tx) => tx`select ${dates} as dates`)
    expect(row).toEqual({ dates: [new Date(0)] })
  })

  it('keeps what a transaction did when it returns, and nothing when it throws', async () => {
    await database().sql`create temporary table kept (id int)`
    await database()
      .transaction(async (tx) => tx`insert into pg_temp.kept values (1)`)
      .catch(() => undefined)
    const failing = database().transaction(async (tx) => {
      await tx`create table never_seen (id int)`
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await database().sql`select to_regclass('never_seen') as it`).toEqual([{ it: null }])
  })

  it('has the first statements of an eager transaction inside of it', async () => {
    const inside = database().transaction(
      async (tx) => {
        const [own] = await Promise.all([
          tx<{ isSet: string }[]>`select set_config('lock_timeout', '1234', true) as is_set`,
          tx`create temp table eager (id int)`,
        ])
        expect(own[0]).toEqual({ isSet: '1234ms' })
        expect(await tx`select current_setting('lock_timeout') as kept`).toEqual([{ kept: '1234ms' }])
        throw new Error('undo')
      },
      { isEager: true },
    )
    await expect(inside).rejects.toThrow('undo')
    const [row] = await database().sql`select to_regclass('pg_temp.eager') as found`
    expect(row).toEqual({ found: null })
  })

  it('rejects a transaction in which a statement failed, even if nobody listened', async () => {
    const deaf = database().transaction(async (tx) => {
      await tx`create table never_seen (id int)`
      await tx`select 1 / 0`.catch(() => undefined)
    })
    await expect(deaf).rejects.toThrow('rolled back')
    expect(await database().sql`select to_regclass('never_seen') as it`).toEqual([{ it: null }])
  })

  it('rejects with what failed first, not with what failed because of it', async () => {
    const failing = database().transaction(async (tx) => {
      const first = tx`select 1 / 0`
      first.catch(() => undefined)
      await tx`select 1`
    })
    await expect(failing).rejects.toMatchObject({ code: '22012' })
  })

  it('undoes a savepoint alone', async () => {
    const rows = await database().transaction(async (tx) => {
      await tx`create temporary table parts (id int primary key) on commit drop`
      await tx`insert into parts values (1)`
      const twice = tx.savepoint((part) => part`insert into parts values (2), (1)`)
      await twice.catch((error: unknown) => expect(isUniqueViolation(error)).toBe(true))
      await tx.savepoint((part) => part`insert into parts values (3)`)
      return tx`select id from parts order by id`
    })
    expect(rows).toEqual([{ id: 1 }, { id: 3 }])
  })

  it('says "use tx" to what is not part of the transaction that it runs in, instead of waiting for ever', async () => {
    const { sql, transaction } = database()
    await expect(transaction(async () => sql`select 1`)).rejects.toThrow('use tx')
    await expect(transaction(async () => sql.unsafe('select 1'))).rejects.toThrow('use tx')
    await expect(transaction(() => sql`select 1`)).rejects.toThrow('use tx')
    await expect(transaction(async () => transaction(async () => 1))).rejects.toThrow('use tx')
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
  })

  it('lets fragments of sql be used inside of a transaction, and sql again after it', async () => {
    const { sql, transaction } = database()
    const [row] = await transaction((tx) => tx`select ${sql`1 + ${1}::int`} as two`)
    expect(row).toEqual({ two: 2 })
    const after = await transaction(async () => new Promise((resolve) => setImmediate(resolve))).then(
      () => sql`select 1 as one`,
    )
    expect(after).toEqual([{ one: 1 }])
  })

  it('refuses the statements of a transaction that is over, instead of running them outside of it', async () => {
    const left: { tx?: Tx } = {}
    await database().transaction(async (tx) => void (left.tx = tx))
    await expect(left.tx!`select 1`).rejects.toThrow('the transaction is over')
  })

  it('runs any number of transactions at once, in turn where connections are few', async () => {
    const sums = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        database().transaction(async (tx) => {
          const [[a], [b]] = await Promise.all([tx`select ${i}::int as n`, tx`select ${1}::int as n`])
          return Number(a?.['n']) + Number(b?.['n'])
        }),
      ),
    )
    expect(sums).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
  })

  it('refuses a cursor outside of a transaction, where it would keep a connection', async () => {
    await expect(database().sql`select 1`.cursor(1, () => undefined)).rejects.toThrow('needs a transaction')
  })
})

const open = (databaseUrl: string): Promise<unknown> => openDatabase({ databaseUrl, dataFolder: '' })

describe('an address that cannot be used', () => {
  it('is refused with words that name the place and never the password', async () => {
    const error: unknown = await open('postgres://app:secret@127.0.0.1:1/coupons').catch((refused: unknown) => refused)
    expect(String(error)).toContain('cannot use database "coupons" at 127.0.0.1:1 as user "app"')
    expect(String(error)).toContain('ECONNREFUSED')
    expect(String(error)).not.toContain('secret')
  })

  it('is refused when it is not one of PostgreSQL, or names several servers', async () => {
    await expect(open('mysql://localhost/x')).rejects.toThrow('must look like postgres://')
    await expect(open('postgres://app:p%ss@local host/x')).rejects.toThrow('must look like postgres://')
    await expect(open('postgres://one:5432,two:5432/x')).rejects.toThrow('several hosts')
    await expect(open('postgres://app:a,b@127.0.0.1:1/x')).rejects.toThrow('ECONNREFUSED')
  })

  it('is refused when the server is older than PostgreSQL 15', () => {
    expect(() => refuseOldServer(140_011, '14.11')).toThrow('it is PostgreSQL 14.11, and 15 or newer is needed')
    expect(() => refuseOldServer(150_000, '15.0')).not.toThrow()
  })
})
