import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpHeaders } from './post-json.ts'

/** Where a simulator listens: port 0, and no port, takes a free one; 127.0.0.1 where there is no host. */
export type ServeOptions = { port?: number; host?: string }

/** A request that has arrived to its end. `search` is what stands behind the `?`; header names are in lower case. */
export type ServedRequest = {
  method: string
  path: string
  search: string
  headers: HttpHeaders
  bytes: Buffer
  text: string
}

export type Serving = { url: string; close: () => Promise<void> }

const bodyLimitBytes = 1024 * 1024

/** Answers with JSON, in UTF-8. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

/** The whole body, or null where it is above the limit; it is read to its end all the same, so that the sender hears why. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyLimitBytes) chunks.length = 0
    else chunks.push(chunk)
  }
  return size > bodyLimitBytes ? null : Buffer.concat(chunks)
}

async function readRequest(request: IncomingMessage): Promise<ServedRequest | null> {
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2)
  const bytes = await readBody(request)
  if (bytes === null) return null
  return { method: request.method ?? '', path, search, headers: request.headers, bytes, text: bytes.toString('utf8') }
}

const listen = (server: Server, port: number, host: string): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Error(`Cannot listen on ${host}:${port} (${cause.message}): choose another port or host.`, { cause }))
    })
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })

/**
 * Serves HTTP by one function; bodies above a megabyte are refused before it. Closing cuts the connections that are open.
 * @throws where the port is taken.
 */
export async function serve(
  { port = 0, host = '127.0.0.1' }: ServeOptions,
  answer: (request: ServedRequest, response: ServerResponse) => void,
): Promise<Serving> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const read = await readRequest(request)
    if (read === null) return answerJson(response, 413, { error: `The body is above ${bodyLimitBytes} bytes.` })
    return answer(read, response)
  }
  const server = createServer((request, response) => {
    // A sender that hangs up in the middle of its body is nobody to answer.
    handle(request, response).catch(() => response.destroy())
  })
  const address = await listen(server, port, host)
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}
