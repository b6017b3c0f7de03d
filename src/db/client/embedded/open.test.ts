import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChild } from '../../../../test/support/child.ts'
import { freshDatabase } from '../../../../test/support/database.ts'
import { isConnectionLost, openDatabase } from '../client.ts'
import { lockFile } from './open.ts'

const writeForEver = `
  import { openDatabase } from './src/db/client/client.ts'
  const database = await openDatabase({ dataFolder: process.argv[1] })
  for (let id = 1; ; id++) {
    await database.transaction(async (tx) => {
      await Promise.all([tx\`insert into acknowledged values (\${id})\`, tx\`update counter set n = n + 1\`])
    })
    console.log(id)
  }`

describe('the embedded database', () => {
  let parent: string
  let dataFolder: string

  beforeAll(async () => {
    parent = mkdtempSync(join(tmpdir(), 'quanhub-embedded-'))
    dataFolder = join(parent, 'data')
    const database = await openDatabase({ dataFolder })
    await database.sql.unsafe(
      'create table acknowledged (id int); create table counter (n int); insert into counter values (0)',
    )
    await database.close()
  })
  afterAll(() => rmSync(parent, { recursive: true, force: true }))

  it('keeps its folder to its owner, and gives the lock back when it closes', () => {
    expect(statSync(dataFolder).mode & 0o777).toBe(0o700)
    expect(existsSync(lockFile(dataFolder))).toBe(false)
  })

  it('finds everything again, is refused while it is open, and can be opened after it was closed', async () => {
    const first = await openDatabase({ dataFolder })
    await expect(openDatabase({ dataFolder })).rejects.toThrow(`in use by process ${process.pid}`)
    await first.sql`update counter set n = 7`
    await first.close()
    const second = await openDatabase({ dataFolder })
    expect(await second.sql`select n from counter`).toEqual([{ n: 7 }])
    await second.sql`update counter set n = 0`
    await second.close()
    await expect(second.sql`select 1`).rejects.toSatisfy((error: unknown) => isConnectionLost(error))
  })

  it('loses nothing that it acknowledged when its process is killed, and keeps transactions whole', async () => {
    const writer = startChild(writeForEver, [dataFolder])
    let acknowledged = 0
    while (acknowledged < 50) acknowledged = Number(await writer.nextLine())
    await writer.kill('SIGKILL')
    for (let line = await writer.nextLine(); line !== undefined; line = await writer.nextLine())
      acknowledged = Number(line)
    const database = await openDatabase({ dataFolder })
    const [row] = await database.sql<{ last: number; rows: number; n: number }[]>`
      select max(id) as last, count(*) as rows, (select n from counter) as n from acknowledged`
    expect(row!.last).toBeGreaterThanOrEqual(acknowledged)
    expect([row!.rows, row!.n]).toEqual([row!.last, row!.last])
    await database.close()
  })

  it('takes nothing from variables that are meant for a server', async () => {
    process.env['PGHOST'] = 'nowhere.invalid'
    process.env['PGTARGETSESSIONATTRS'] = 'standby'
    try {
      const { database, drop } = await freshDatabase('embedded')
      expect(await database.sql`select current_user::text as "user"`).toEqual([{ user: 'postgres' }])
      await drop()
    } finally {
      delete process.env['PGHOST']
      delete process.env['PGTARGETSESSIONATTRS']
    }
  })
})
