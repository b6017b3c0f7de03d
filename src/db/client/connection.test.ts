import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, freshDatabase } from '../../../test/support/database.ts'
import type { FreshDatabase } from '../../../test/support/database.ts'
import { startProxy } from '../../../test/support/proxy.ts'
import type { Proxy } from '../../../test/support/proxy.ts'
import { isConnectionLost, openDatabase } from './client.ts'
import type { Database, Tx } from './client.ts'

const isLost = (error: unknown): boolean => isConnectionLost(error)

const write = (tx: Tx, what: string): Promise<unknown> => tx`insert into written values (${what})`

async function untilRefused(tx: Tx): Promise<void> {
  for (;;) {
    const isAlive = await tx`select 1`.then(
      () => true,
      () => false,
    )
    if (!isAlive) return
  }
}

// The embedded database has no connection that could be cut.
describe.runIf(databases.includes('postgres'))('a connection that is lost', () => {
  let fresh: FreshDatabase
  let proxy: Proxy
  let database: Database

  beforeAll(async () => {
    fresh = await freshDatabase('postgres')
    await fresh.database.sql`create table written (what text)`
    proxy = await startProxy(fresh.url!)
    // With a single connection, whatever is wrong with it afterwards shows at once.
    database = await openDatabase({ databaseUrl: proxy.url, dataFolder: '', poolSize: 1 })
  })
  beforeEach(() => fresh.database.sql`delete from written`)
  afterAll(async () => {
    await database.close()
    await proxy.close()
    await fresh.drop()
  })

  const written = async (): Promise<unknown[]> =>
    (await fresh.database.sql`select what from written`).map((row) => row['what'])
  const expectRecovery = async (): Promise<void> => {
    for (const n of [1, 2, 3]) {
      const [row] = await database.transaction((tx) => tx`select ${n}::int as n`)
      expect(row).toEqual({ n })
    }
  }

  it.each(['reset', 'end'] as const)(
    'in the middle of a statement (%s) fails it, and the next one works',
    async (how) => {
      expect(await cutTransaction(how, (tx) => tx`select pg_sleep(10)`)).toSatisfy(isLost)
      await expectRecovery()
    },
  )

  it('settles everything that was sent together', async () => {
    const outcomes: unknown[] = []
    await cutTransaction('end', async (tx) => {
      const sent = [tx`select pg_sleep(10)`, write(tx, 'a'), tx`select ${1}::int`, tx`select ${'b'}::text`]
      for (const { status } of await Promise.allSettled(sent)) outcomes.push(status)
    })
    expect(outcomes).toEqual(['rejected', 'rejected', 'rejected', 'rejected'])
    expect(await written()).toEqual([])
    await expectRecovery()
  })

  it('between two statements never lets the second one run outside of the transaction', async () => {
    const lost = database.transaction(async (tx) => {
      await write(tx, 'first')
      await endSession(tx)
      await write(tx, 'second').catch(() => undefined)
      await write(tx, 'third')
    })
    await expect(lost).rejects.toSatisfy(isLost)
    expect(await written()).toEqual([])
    await expectRecovery()
  })

  it('at the commit is reported as lost, whether the server got to hear of it or not', async () => {
    for (const [when, expected] of [
      ['before it arrives', []],
      ['after it arrived', ['after it arrived']],
    ] as const) {
      proxy.cutAt('commit', when)
      await expect(database.transaction((tx) => write(tx, when))).rejects.toSatisfy(isLost)
      expect(await written()).toEqual(expected)
    }
    await expectRecovery()
  })

  it('that falls silent ends a transaction by its deadline, and what follows gets another connection', async () => {
    const soon = { deadlineMilliseconds: 200 }
    const lost = database.transaction(async (tx) => {
      proxy.silence(true)
      await write(tx, 'unheard')
    }, soon)
    await expect(lost).rejects.toSatisfy(isLost)
    await expect(database.transaction((tx) => write(tx, 'unheard'), soon)).rejects.toSatisfy(isLost)
    proxy.silence(false)
    await expectRecovery()
    expect(await written()).toEqual([])
  })

  it('while it is idle costs at most one statement', async () => {
    await database.sql`select 1`
    proxy.cutAll()
    await database.sql`select 1`.catch((error: unknown) => expect(error).toSatisfy(isLost))
    await expectRecovery()
  })

  it('fails at once where the server hangs up on new ones, and works when it does no longer', async () => {
    proxy.refuseAll(true)
    proxy.cutAll('end')
    await database.sql`select 1`.catch(() => undefined)
    await expect(database.sql`select 1`).rejects.toSatisfy(isLost)
    proxy.refuseAll(false)
    await expectRecovery()
  })

  /** Runs a transaction, and cuts its connection once the server is busy with its statement. */
  async function cutTransaction(how: 'reset' | 'end', work: (tx: Tx) => Promise<unknown>): Promise<unknown> {
    const [session] = await database.sql<{ pid: number }[]>`select pg_backend_pid() as pid`
    const outcome = database.transaction(work).then(
      () => 'committed',
      (error: unknown) => error,
    )
    await untilAsleep(session!.pid)
    proxy.cutAll(how)
    return outcome
  }

  async function untilAsleep(pid: number): Promise<void> {
    for (;;) {
      const [row] = await fresh.database.sql`select wait_event from pg_stat_activity where pid = ${pid}`
      if (row?.['waitEvent'] === 'PgSleep') return
    }
  }

  async function endSession(tx: Tx): Promise<void> {
    const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
    await fresh.database.sql`select pg_terminate_backend(${row!.pid})`
    await untilRefused(tx)
  }
})
