import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, freshDatabase } from '../../../test/support/database.ts'
import type { FreshDatabase } from '../../../test/support/database.ts'
import { openDatabase } from './client.ts'
import { migrate, pendingMigrations, readMigrations } from './migrate.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quanhub-migrations-'))
  write(
    '0001_first.sql',
    'create table steps (id int primary key, name text);\ninsert into steps values (1, $$first$$);',
  )
  write('0002_second.sql', 'insert into steps select count(*) + 1, $$second$$ from steps;')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)

describe.each(databases)('migrations (%s)', (kind) => {
  let fresh: FreshDatabase

  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.drop())
  beforeEach(async () => {
    await fresh.database.sql.unsafe('drop table if exists steps; drop table if exists migrations')
  })

  const run = (): Promise<{ applied: string[] }> => migrate(fresh.database, { folder })
  const steps = async (): Promise<unknown[]> =>
    (await fresh.database.sql`select id, name from steps order by id`).map(({ id, name }) => `${id} ${name}`)

  it('are applied once, in the order of their numbers', async () => {
    expect(await pendingMigrations(fresh.database, folder)).toEqual(['0001_first.sql', '0002_second.sql'])
    const lines: string[] = []
    const { applied } = await migrate(fresh.database, { folder, log: (line) => lines.push(line) })
    expect(applied).toEqual(['0001_first.sql', '0002_second.sql'])
    expect(lines).toEqual(['applying 0001_first.sql', 'applying 0002_second.sql'])
    expect(await steps()).toEqual(['1 first', '2 second'])
    expect(await run()).toEqual({ applied: [] })
    expect(await pendingMigrations(fresh.database, folder)).toEqual([])
  })

  it('leave nothing of a file that fails, and keep those before it', async () => {
    write('0003_bad.sql', 'insert into steps values (3, $$bad$$); insert into nowhere values (1);')
    await expect(run()).rejects.toThrow(/0003_bad\.sql failed, and was undone: .*nowhere/)
    expect(await steps()).toEqual(['1 first', '2 second'])
    write('0003_bad.sql', 'insert into steps values (3, $$good$$);')
    expect(await run()).toEqual({ applied: ['0003_bad.sql'] })
  })

  it('are refused when one was changed after it was applied', async () => {
    await run()
    write('0001_first.sql', 'create table steps (id int);')
    write('0003_third.sql', 'insert into steps values (3, $$third$$);')
    await expect(run()).rejects.toThrow('0001_first.sql was changed after it was applied: put it back')
    expect(await steps()).toEqual(['1 first', '2 second'])
  })

  it('are the same with the line ends of another system', async () => {
    await run()
    write(
      '0001_first.sql',
      'create table steps (id int primary key, name text);\r\ninsert into steps values (1, $$first$$);',
    )
    expect(await run()).toEqual({ applied: [] })
  })

  it('are refused when the file of an applied one is missing', async () => {
    await run()
    rmSync(join(folder, '0001_first.sql'))
    await expect(run()).rejects.toThrow('0001_first.sql was applied to this database, but its file is missing')
  })

  it('are refused when the database is newer than the program', async () => {
    write('0003_third.sql', 'select 1;')
    await run()
    rmSync(join(folder, '0003_third.sql'))
    await expect(run()).rejects.toThrow(
      'the database is newer than this program: it knows the migration 0003_third.sql',
    )
  })

  it('are refused when a new one comes before one that was applied', async () => {
    rmSync(join(folder, '0001_first.sql'))
    write('0002_second.sql', 'create table steps (id int, name text);')
    await run()
    write('0001_first.sql', 'select 1;')
    await expect(run()).rejects.toThrow('0001_first.sql comes before 0002_second.sql')
  })
})

describe.runIf(databases.includes('postgres'))('programs that migrate at once', () => {
  it('apply each file once between them', async () => {
    for (let i = 3; i <= 6; i++)
      write(`000${i}_more.sql`, 'insert into steps select count(*) + 1, $$more$$ from steps;')
    const fresh = await freshDatabase('postgres')
    await fresh.database.sql`drop table migrations`
    const programs = await Promise.all(
      Array.from({ length: 4 }, () => openDatabase({ databaseUrl: fresh.url, dataFolder: '', poolSize: 2 })),
    )
    const outcomes = await Promise.all(programs.map((program) => migrate(program, { folder })))
    const applied = outcomes.flatMap((outcome) => outcome.applied)
    expect(applied.toSorted()).toEqual(readMigrations(folder).map(({ name }) => name))
    expect(await fresh.database.sql`select count(*) as steps from steps`).toEqual([{ steps: 6 }])
    await Promise.all(programs.map((program) => program.close()))
    await fresh.drop()
  })
})

describe('the names of migrations', () => {
  it('are checked, and their numbers given once', () => {
    write('0002_other.sql', 'select 1;')
    expect(() => readMigrations(folder)).toThrow('0002_other.sql and 0002_second.sql have the same number')
    rmSync(join(folder, '0002_other.sql'))
    write('3_third.sql', 'select 1;')
    expect(() => readMigrations(folder)).toThrow('3_third.sql must be named like 0001_first.sql')
  })

  it('of the program itself are in order', () => {
    expect(readMigrations().map(({ name }) => name.slice(0, 4))[0]).toBe('0001')
  })
})
