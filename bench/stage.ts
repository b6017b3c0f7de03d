import { openDatabase, type Database } from '../src/db/client/client.ts'
import { migrate } from '../src/db/client/migrate.ts'
import { findPostgresPrograms, startCluster, type Cluster } from '../test/support/cluster.ts'
import type { Belongings } from './belongings.ts'
import { parentOf } from './cpu.ts'
import { startHub, type HubProcess } from './hub-process.ts'
import { masterKeyText } from './world.ts'

/** Where a bench plays: a PostgreSQL server of its own, with fsync on and on the disk, and hubs beside it. */
export type Stage = {
  version: string
  databasePid: number
  /** Makes the database that all others are copied from. `fill` is handed it migrated. */
  prepare: (fill: (database: Database) => Promise<void>) => Promise<void>
  /** Copies the prepared database, lets `change` have it, and starts a hub on it. */
  openHub: (settings: Record<string, string>, change?: (database: Database) => Promise<void>) => Promise<OpenHub>
}

export type OpenHub = HubProcess & { database: Database; close: () => Promise<void> }

const prepared = 'bench_prepared'

export async function openStage(belongings: Belongings, profileFolder: string | undefined): Promise<Stage> {
  const programs = findPostgresPrograms()
  if (programs === undefined) {
    throw new Error(
      'The bench needs PostgreSQL (its server programs). Name their folder with QUANHUB_TEST_POSTGRES_BIN.',
    )
  }
  const cluster = await startCluster(programs, { isDurable: true })
  belongings.keep(cluster.stop)
  const server = await openOn(belongings, cluster, 'postgres')
  let copies = 0

  async function openHub(settings: Record<string, string>, change?: (database: Database) => Promise<void>) {
    copies += 1
    const name = `bench_${copies}`
    await server.database.sql.unsafe(`create database ${name} template ${prepared}`)
    const { database, close: closeDatabase } = await openOn(belongings, cluster, name)
    await change?.(database)
    await database.sql.unsafe('checkpoint')
    const hub = await startHub(
      {
        DATABASE_URL: cluster.url(name),
        QUANHUB_MASTER_KEY: masterKeyText,
        QUANHUB_REQUESTS_PER_SECOND: '1000000',
        ...settings,
      },
      profileFolder,
    )
    const stop = belongings.keep(hub.stop)
    const close = async (): Promise<void> => {
      await stop()
      await closeDatabase()
      await server.database.sql.unsafe(`drop database ${name}`)
    }
    return { ...hub, database, close }
  }

  return {
    version: cluster.version,
    databasePid: await firstProcess(server.database),
    prepare: async (fill) => {
      await server.database.sql.unsafe(`create database ${prepared}`)
      const { database, close } = await openOn(belongings, cluster, prepared)
      await migrate(database)
      await fill(database)
      await close()
    },
    openHub,
  }
}

async function openOn(belongings: Belongings, cluster: Cluster, name: string) {
  const database = await openDatabase({ databaseUrl: cluster.url(name), dataFolder: '' })
  return { database, close: belongings.keep(database.close) }
}

async function firstProcess({ sql }: Database): Promise<number> {
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  try {
    return parentOf(row!.pid)
  } catch {
    // Without /proc nothing is counted.
    return 0
  }
}
