import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Config } from './config.ts'
import { isWithin } from './faces/admission.ts'

type Place = Pick<Config, 'host' | 'port'>

/**
 * Refuses an address that cannot be listened on, with words that say what to do: before a database is opened, migrated or
 * made for nothing.
 */
export async function requireFreePlace({ host, port }: Place): Promise<void> {
  const server = createServer()
  try {
    await once(server.listen({ host, port }), 'listening')
  } catch (error) {
    throw listeningError(error, { host, port })
  }
  await new Promise((closed) => server.close(closed))
}

/** What failed at listening, in words that say what to do. Every other error as it is. */
export function listeningError(error: unknown, { host, port }: Place): unknown {
  const { code, syscall } = error as { code?: string; syscall?: string }
  if (code === 'EADDRINUSE')
    return new Error(`${host}:${port} is in use by another program. Choose another port with PORT=…`, { cause: error })
  if (code === 'EACCES' && syscall === 'listen')
    return new Error(`${host}:${port} may not be used by this user. Choose a port above 1023.`, { cause: error })
  if (code === 'EADDRNOTAVAIL') return new Error(`${host} is not an address of this machine (HOST).`, { cause: error })
  return error
}

type ConnectionLimits = Pick<Config, 'connections' | 'connectionsPerAddress' | 'trustedProxies'>

/**
 * Closes connections that come beyond what the process, or an address, may have open: what is sent over them costs memory
 * before it is known whose it is. A trusted proxy stands for many addresses, and is not counted.
 */
export function limitConnections(server: Server, limits: ConnectionLimits): void {
  const open = new Map<string, number>()
  server.maxConnections = limits.connections
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (limits.trustedProxies.some((proxy) => isWithin(address, proxy))) return
    const count = (open.get(address) ?? 0) + 1
    if (count > limits.connectionsPerAddress) {
      socket.destroy()
      return
    }
    open.set(address, count)
    socket.once('close', () => {
      const left = open.get(address)! - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
  })
}
