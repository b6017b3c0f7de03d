import type { Connection } from './connection.ts'
import { startDeadline } from '../../time/waiting.ts'
import { connectionLost, transientError } from './errors.ts'

export type Pool = {
  /**
   * A connection for the caller alone, until it is released. Waits for one where all are taken, first come first, and
   * not for ever (`isTransient`: nothing has been done).
   */
  take: () => Promise<Connection>
  release: (connection: Connection) => void
  /** Waits for what is running, at most `timeoutMilliseconds`, and ends all connections. */
  close: (timeoutMilliseconds: number) => Promise<void>
}

const patienceMilliseconds = 30_000

type Waiting = { resolve: (connection: Connection) => void; reject: (error: unknown) => void }

/** Keeps at most `size` connections; makes them when they are first needed, and anew where one was lost. */
export function createPool(size: number, open: () => Connection): Pool {
  const idle: Connection[] = []
  const taken = new Set<Connection>()
  const waiting: Waiting[] = []
  let isClosed = false
  let onDrained: (() => void) | undefined

  const lend = (connection: Connection): Connection => {
    taken.add(connection)
    connection.forgetOldPlans()
    return connection
  }

  function findFree(): Connection | undefined {
    // The one used last: its session is the warmest, and surplus ones stay unused.
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) if (!last.isLost()) return last
    return taken.size < size ? open() : undefined
  }

  async function take(): Promise<Connection> {
    if (isClosed) throw connectionLost('the database is closed')
    const free = findFree()
    if (free !== undefined) return lend(free)
    return waitIn(waiting)
  }

  function release(connection: Connection): void {
    taken.delete(connection)
    const next = isClosed ? undefined : waiting.shift()
    if (next !== undefined) next.resolve(lend(connection.isLost() ? open() : connection))
    else if (!connection.isLost()) idle.push(connection)
    if (taken.size === 0) onDrained?.()
  }

  async function close(timeoutMilliseconds: number): Promise<void> {
    isClosed = true
    for (const { reject } of waiting.splice(0)) reject(connectionLost('the database was closed before this could run'))
    if (taken.size > 0) await drained(timeoutMilliseconds)
    for (const connection of taken) connection.abandon(connectionLost('the database is closing'))
    await Promise.all(idle.filter((connection) => !connection.isLost()).map((connection) => connection.end()))
  }

  function drained(timeoutMilliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMilliseconds)
      onDrained = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return { take, release, close }
}

/** Waits at the end of the line for what its head is given. */
function waitIn(line: Waiting[]): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const stop = startDeadline(patienceMilliseconds, () => {
      line.splice(line.indexOf(entry), 1)
      reject(transientError(`all connections to the database were taken for ${patienceMilliseconds} ms`))
    })
    const entry: Waiting = {
      resolve: (connection) => {
        stop()
        resolve(connection)
      },
      reject: (error) => {
        stop()
        reject(error)
      },
    }
    line.push(entry)
  })
}
