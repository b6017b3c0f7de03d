import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** What becomes of the bytes with which a connection is cut: do they still reach the server? */
export type Cut = 'before it arrives' | 'after it arrived'

/** Stands between a program and its PostgreSQL, to break their connections. */
export type Proxy = {
  url: string
  /** Cuts every connection, by a reset or by an orderly end. */
  cutAll: (how?: 'reset' | 'end') => void
  /** Cuts the next connection on which the program sends `text` (a statement, or a part of one). */
  cutAt: (text: string, when: Cut) => void
  /** From now on what either side sends is swallowed, and no connection ends. */
  silence: (isSilent: boolean) => void
  /** From now on connections are accepted and ended at once. */
  refuseAll: (isRefusing: boolean) => void
  close: () => Promise<void>
}

type Rule = { text: string; when: Cut }

/** Starts a proxy for the database at `targetUrl`. */
export async function startProxy(targetUrl: string): Promise<Proxy> {
  const target = new URL(targetUrl)
  const sockets = new Set<Socket>()
  let rule: Rule | undefined
  let isRefusing = false
  let isSilent = false

  const onData = (bytes: Buffer, client: Socket, server: Socket): void => {
    const cut = rule !== undefined && bytes.includes(rule.text) ? rule : undefined
    if (cut === undefined) return void server.write(bytes)
    rule = undefined
    if (cut.when === 'after it arrived') return cutAfterwards(bytes, client, server)
    client.destroy()
  }
  const listener = createServer((client) => {
    if (isRefusing) {
      client.destroy()
      return
    }
    const server = connect(Number(target.port), target.hostname)
    sockets.add(client)
    join(client, server, {
      fromClient: (bytes) => isSilent || onData(bytes, client, server),
      fromServer: (bytes) => isSilent || client.write(bytes),
    })
    client.once('close', () => sockets.delete(client))
  })
  const url = await listen(listener, target)
  const cutAll = (how: 'reset' | 'end' = 'reset'): void => {
    for (const socket of sockets) void (how === 'reset' ? socket.resetAndDestroy() : socket.destroy())
  }
  return {
    url,
    cutAll,
    cutAt: (text, when) => void (rule = { text, when }),
    silence: (isNow) => void (isSilent = isNow),
    refuseAll: (isNow) => void (isRefusing = isNow),
    close: () => closeListener(listener, cutAll),
  }
}

// The server's answer shows that it has done what it was told. The program never sees it.
function cutAfterwards(bytes: Buffer, client: Socket, server: Socket): void {
  server.removeAllListeners('data')
  server.once('data', () => client.destroy())
  server.write(bytes)
}

type Hear = (bytes: Buffer) => unknown

function join(
  client: Socket,
  server: Socket,
  { fromClient, fromServer }: Record<'fromClient' | 'fromServer', Hear>,
): void {
  client.setNoDelay(true).on('data', fromClient)
  server.setNoDelay(true).on('data', fromServer)
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const)
    one.on('error', () => other.destroy()).once('close', () => other.destroy())
}

function listen(listener: Server, target: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(0, '127.0.0.1', () => {
      const url = new URL(target)
      url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`
      resolve(url.href)
    })
  })
}

function closeListener(listener: Server, cutAll: () => void): Promise<void> {
  return new Promise((resolve) => {
    listener.close(() => resolve())
    cutAll()
  })
}
