import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../src/db/client/client.ts'
import { migrate } from '../../src/db/client/migrate.ts'
import { findPostgresPrograms, startCluster } from './cluster.ts'
import type { Cluster } from './cluster.ts'
import { makeSnapshot } from './snapshot.ts'
import { templateDatabase } from './template.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address of the run's own PostgreSQL, without the database's name; empty where there is none. */
    clusterUrl: string
    /** A tar file of an embedded database with the schema of today. */
    snapshot: string
    /** Whether this is `npm run test:long`, which takes its time. */
    isLong: boolean
  }
}

/** Runs once before all tests: makes what every test's databases are copied from. */
export async function setup(project: TestProject): Promise<() => void> {
  project.provide('snapshot', await makeSnapshot())
  const programs = findPostgresPrograms()
  if (programs === undefined) {
    process.stdout.write(
      'No PostgreSQL on this machine: the tests run on the embedded database only, and those of several processes are left out.\n',
    )
    project.provide('clusterUrl', '')
    return () => undefined
  }
  const cluster = await startCluster(programs)
  await makeTemplate(cluster)
  project.provide('clusterUrl', cluster.url(''))
  return cluster.stop
}

async function makeTemplate(cluster: Cluster): Promise<void> {
  const server = await openDatabase({ databaseUrl: cluster.url('postgres'), dataFolder: '' })
  await server.sql.unsafe(`create database ${templateDatabase}`)
  await server.close()
  const template = await openDatabase({ databaseUrl: cluster.url(templateDatabase), dataFolder: '' })
  await migrate(template)
  await template.close()
}
