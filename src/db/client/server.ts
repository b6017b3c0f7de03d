import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import postgres from 'postgres'
import type { ConnectSocket } from './connection.ts'
import { types } from './sql.ts'
import type { Queryable, StatementBuilder } from './sql.ts'

const connectTimeoutSeconds = 10
const oldestServerVersion = 15

/**
 * What the client is told on every database. Columns change their case, values do not: the client's own `camel` would
 * also rename the keys inside of jsonb. Everything that the client would otherwise take from PG… variables is here.
 */
export const clientOptions = {
  max: 1,
  types,
  prepare: true,
  connect_timeout: connectTimeoutSeconds,
  idle_timeout: 0,
  max_lifetime: 0,
  max_pipeline: 100,
  keep_alive: 60,
  fetch_types: true,
  backoff: false,
  debug: false,
  onnotice: () => undefined,
  transform: { undefined: undefined, column: { from: postgres.toCamel, to: postgres.fromCamel } },
}

/** A builder of statements for a PostgreSQL server. What the address leaves out comes from libpq's PG… variables. */
export function serverBuilder(databaseUrl: string, applicationName: string): StatementBuilder {
  const connection = { application_name: applicationName, TimeZone: 'UTC', DateStyle: 'ISO, MDY' }
  return postgres(checkedUrl(databaseUrl), { ...clientOptions, connection })
}

function checkedUrl(databaseUrl: string): string {
  const example = 'postgres://user:password@host:5432/database'
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) throw new Error(`DATABASE_URL must look like ${example}`)
  const [authority = ''] = databaseUrl.replace(/^.*?:\/\//, '').split('/')
  if (authority.split('@').at(-1)?.includes(','))
    throw new Error('DATABASE_URL names several hosts: name one (the address that always leads to the primary)')
  if (!URL.canParse(databaseUrl))
    throw new Error(`DATABASE_URL must look like ${example}, with special characters of the password %-encoded`)
  return databaseUrl
}

/** Where the server is, for messages: never with the password. */
export function describeServer({ options }: StatementBuilder): string {
  const place = options.path || `${options.host[0]}:${options.port[0]}`
  return `database "${options.database}" at ${place} as user "${options.user}"`
}

/** @throws where the server is older than what our statements need. `versionNumber` is 150004 for 15.4. */
export function refuseOldServer(versionNumber: number, version: string): void {
  if (versionNumber < oldestServerVersion * 10_000)
    throw new Error(`it is PostgreSQL ${version}, and ${oldestServerVersion} or newer is needed`)
}

/**
 * How far the database's clock is ahead of ours, in seconds; negative where it is behind. Exact to half of the time that
 * the question takes.
 */
export async function clockDifferenceSeconds(sql: Queryable, now: () => Date): Promise<number> {
  const asked = now().getTime()
  const [row] = await sql<{ at: Date }[]>`select clock_timestamp() as at`
  return (row!.at.getTime() - (asked + now().getTime()) / 2) / 1000
}

/** Connects to the server of the builder's options. TLS, where it is asked for, is the client's part. */
export function connectToServer({ options }: StatementBuilder): ConnectSocket {
  return async () => {
    const host = options.host[0] ?? 'localhost'
    const port = options.port[0] ?? 5432
    const socket = options.path ? connect(options.path) : connect({ host, port })
    await connected(socket)
    // Statements are small and wait for their answers: holding them back until they fill a packet only adds delay.
    socket.setNoDelay(true)
    return Object.assign(socket, { host, port })
  }
}

async function connected(socket: Socket): Promise<void> {
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutSeconds * 1000) })
  } catch (error) {
    socket.destroy()
    if ((error as Error).name !== 'AbortError') throw error
    const message = `the database did not answer within ${connectTimeoutSeconds} seconds`
    throw Object.assign(new Error(message, { cause: error }), { code: 'CONNECT_TIMEOUT' })
  }
}
