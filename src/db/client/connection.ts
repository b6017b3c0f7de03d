import type { Duplex } from 'node:stream'
import postgres from 'postgres'
import { connectionLost } from './errors.ts'
import { routed } from './sql.ts'
import type { Statement, StatementBuilder } from './sql.ts'

/** Opens what carries the bytes of a session, already connected. */
export type ConnectSocket = () => Promise<Duplex>

/** One session of the database, from its first statement until it is lost or ended. It never connects again. */
export type Connection = {
  /** Runs a statement. Every statement settles, also when the session is lost on the way. */
  execute: (statement: Statement) => void
  /** Runs one command without parameters and answers its tag, for example `COMMIT`. */
  command: (text: string) => Promise<string>
  /** What failed first since this was last asked: what was sent behind it hears only that something had failed. */
  takeFailure: () => unknown
  isLost: () => boolean
  /**
   * Has statements planned anew that were planned a while ago. A plan that was made while a table was empty may find
   * rows by half a key, which gets slower with every row; the server keeps it until somebody analyses the table, which
   * may be never (the embedded database has nobody who does).
   */
  forgetOldPlans: () => void
  /** Gives the session up: what is running in it is rejected with `reason`. */
  abandon: (reason: Error) => void
  end: () => Promise<void>
}

/**
 * The client's own pool reconnects in place: after a loss in the middle of a transaction it may crash the process
 * (a write to a socket that is gone), wait for ever, or run the rest of the dead transaction inside another one. So
 * each client object here is one session, and a lost one is thrown away with everything that it still held.
 */
export function openConnection(builder: StatementBuilder, connectSocket: ConnectSocket): Connection {
  const life = createLife()
  const carrier = createCarrier(connectSocket, life.end)
  const client = openClient(builder, carrier.connect, () => life.end(connectionLost(lostMessage)))
  const forward = (client.unsafe('') as unknown as Statement).handler
  const execute = (statement: Statement): void => life.run(statement, forward)
  const sql = routed(builder, execute)
  const command = async (text: string): Promise<string> => (await sql.unsafe(text)).command
  let plannedAt = performance.now()
  return {
    execute,
    command,
    forgetOldPlans: () => {
      if (performance.now() - plannedAt < plansKeptMilliseconds) return
      plannedAt = performance.now()
      // Sent ahead of what follows, not waited for: should the session be lost, what follows says so.
      command('discard plans').catch(() => {})
    },
    takeFailure: life.takeFailure,
    isLost: life.isOver,
    abandon: (reason) => {
      life.end(reason)
      carrier.destroy()
    },
    end: () => client.end({ timeout: 1 }),
  }
}

const plansKeptMilliseconds = 5_000

const lostMessage = 'the connection to the database was lost: what ran in it may have taken effect, or not'

type Life = {
  run: (statement: Statement, forward: (statement: Statement) => void) => void
  end: (reason: Error) => void
  isOver: () => boolean
  takeFailure: () => unknown
}

/** The statements that are under way in a session: when it ends they are rejected, and nothing new is begun. */
function createLife(): Life {
  const running = new Set<Statement>()
  let over: Error | undefined
  let failure: unknown
  const run: Life['run'] = (statement, forward) => {
    if (over !== undefined) return statement.reject(over)
    if (statement.cancelled !== null) return
    running.add(statement)
    const forget = (): boolean => running.delete(statement)
    statement.then(forget, (error: unknown) => {
      failure ??= error
      forget()
    })
    forward(statement)
  }
  const end: Life['end'] = (reason) => {
    if (over !== undefined) return
    over = reason
    for (const statement of running) statement.reject(reason)
    running.clear()
  }
  const takeFailure = (): unknown => {
    const first = failure
    failure = undefined
    return first
  }
  return { run, end, isOver: () => over !== undefined, takeFailure }
}

/** Connects once: left to itself the client would try again without a pause where a server hangs up at once. */
function createCarrier(
  connectSocket: ConnectSocket,
  onLost: (reason: Error) => void,
): { connect: ConnectSocket; destroy: () => void } {
  let socket: Duplex | undefined
  const connect = async (): Promise<Duplex> => {
    try {
      if (socket !== undefined) throw connectionLost('the database hung up before the connection could be used')
      socket = await connectSocket()
      // The client goes on writing until the socket's close, which comes later.
      return socket.once('error', (cause) => onLost(connectionLost(lostMessage, cause)))
    } catch (error) {
      onLost(error as Error)
      throw error
    }
  }
  return { connect, destroy: () => void socket?.destroy() }
}

type ParsedOptions = StatementBuilder['options'] & { shared: { typeArrayMap: Record<number, number> } }

/** Options that are parsed already are taken over by reference: all sessions share what the first learns of types. */
function openClient(builder: StatementBuilder, socket: ConnectSocket, onclose: () => void): StatementBuilder {
  const options = builder.options as ParsedOptions
  const fetchesTypes = Object.keys(options.shared.typeArrayMap).length === 0
  return postgres({ ...options, fetch_types: fetchesTypes, socket, onclose } as never) as unknown as StatementBuilder
}
