import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { RequestListener, Server as HttpServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { createAddressGuard } from './address-guard.ts'
import type { LookupAll } from './address-guard.ts'
import { createSender } from './send.ts'
import type { SenderOptions } from './send.ts'

const endings: (() => void | Promise<void>)[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const end of endings.splice(0)) await end()
})

const lookup: LookupAll = (hostname, _, callback) =>
  hostname === 'bank.example'
    ? callback(null, [{ address: '127.0.0.1', family: 4 }])
    : callback(new Error('ENOTFOUND'), [])

function sender(options: Partial<SenderOptions> = {}) {
  const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true, lookup })
  const made = createSender({ guard, timeoutMilliseconds: 2_000, ...options })
  endings.push(() => made.close())
  return made
}

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endings.unshift(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

async function httpServer(listener: RequestListener): Promise<{ url: string; server: HttpServer }> {
  const server = createHttpServer(listener)
  return { url: `http://127.0.0.1:${await portOf(server)}/callback`, server }
}

/** A server that says these bytes as soon as it hears something, and then closes where `isClosing`. */
async function rawServer(bytes: string, isClosing: boolean): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => (isClosing ? socket.end(bytes) : socket.write(bytes)))
  })
  return `http://127.0.0.1:${await portOf(server)}/`
}

const request = (url: string) => ({ url, headers: { 'content-type': 'application/json' }, body: '{"券":1}' })
const failure = (reason: string) => ({
  kind: 'failed',
  reason,
  message: expect.stringMatching(/./),
  durationMilliseconds: expect.any(Number),
})

test('method, path, headers and body arrive as given, and the answer comes back', async () => {
  const { url } = await httpServer((incoming, response) => {
    const { method, url, headers } = incoming
    response.statusCode = 201
    response.setHeader('X-Told', ['a', 'b'])
    incoming.on('data', (chunk: Buffer) => {
      response.end(JSON.stringify([method, url, headers['content-type'], headers.host, chunk.toString()]))
    })
  })
  const named = `${url.replace('127.0.0.1', 'bank.example')}?a=b#part`
  const host = new URL(named).host
  expect(await sender().send(request(named))).toEqual({
    kind: 'answered',
    status: 201,
    headers: expect.objectContaining({ 'x-told': 'a, b' }) as object,
    body: JSON.stringify(['POST', '/callback?a=b', 'application/json', host, '{"券":1}']),
    isCut: false,
    durationMilliseconds: expect.any(Number),
  })
})

test('a GET has no body', async () => {
  const { url } = await httpServer((incoming, response) => {
    const { method, headers } = incoming
    response.end(JSON.stringify([method, headers['content-length'] ?? null]))
  })
  const answer = await sender().send({ method: 'GET', url, headers: {} })
  expect(answer).toMatchObject({ kind: 'answered', status: 200, body: '["GET",null]' })
})

test('connections are kept: ten POSTs, one after the other, do not make ten', async () => {
  let connections = 0
  const { url, server } = await httpServer((_, response) => response.end('ok'))
  server.on('connection', () => (connections += 1))
  const { send } = sender()
  for (let sent = 0; sent < 10; sent += 1) await send(request(url))
  expect(connections).toBeLessThanOrEqual(2)
})

test('a redirect is an answer, and is not followed', async () => {
  let asked = 0
  const { url } = await httpServer((_, response) => {
    asked += 1
    response.writeHead(307, { location: '/elsewhere' }).end()
  })
  expect(await sender().send(request(url))).toMatchObject({ kind: 'answered', status: 307 })
  expect(asked).toBe(1)
})

test('an endless answer is read to the cap, and its connection is torn down', async () => {
  let isClosed: Promise<unknown> = Promise.resolve()
  const { url } = await httpServer((_, response) => {
    isClosed = once(response, 'close')
    const write = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384))) continue
    }
    response.on('drain', write)
    write()
  })
  const result = await sender({ maxAnswerBytes: 65_536 }).send(request(url))
  expect(result).toMatchObject({ kind: 'answered', status: 200, body: 'x'.repeat(65_536), isCut: true })
  await isClosed
})

test.each([
  [9, '123456789', false],
  [10, '1234567890', false],
  [11, '1234567890', true],
])('of an answer of %i bytes, ten are kept where ten are allowed', async (length, body, isCut) => {
  const { url } = await httpServer((_, response) => response.end('12345678901'.slice(0, length)))
  expect(await sender({ maxAnswerBytes: 10 }).send(request(url))).toMatchObject({ body, isCut })
})

test('what a database could not keep or JSON.parse would trip over is taken out of the answer', async () => {
  const bytes = Buffer.concat([Buffer.from('\uFEFF{"code":"SUCCESS"}\0'), Buffer.from([0xff])])
  const { url } = await httpServer((_, response) => response.end(bytes))
  expect(await sender().send(request(url))).toMatchObject({ body: '{"code":"SUCCESS"}\uFFFD\uFFFD' })
})

test.each([
  ['never answers', ''],
  ['stops within the headers', 'HTTP/1.1 200 OK\r\ncontent-'],
  ['stops within the answer', 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf'],
  ['only says that an answer will come', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
])('a server that %s is given up in time', async (_, bytes) => {
  const result = await sender({ timeoutMilliseconds: 100 }).send(request(await rawServer(bytes, false)))
  expect(result).toEqual(failure('timeout'))
})

test('an answer that comes in drops cannot stretch the time', async () => {
  const { url } = await httpServer((_, response) => {
    const drops = setInterval(() => response.write('x'), 5)
    response.on('close', () => clearInterval(drops))
  })
  expect(await sender({ timeoutMilliseconds: 100 }).send(request(url))).toEqual(failure('timeout'))
})

test('a name that takes too long uses up the same time, and nothing is sent when it is known at last', async () => {
  let asked = 0
  const { url } = await httpServer((_, response) => {
    asked += 1
    response.end()
  })
  let answerLate: (() => void) | undefined
  const slow: LookupAll = (_, __, callback) => {
    answerLate = () => callback(null, [{ address: '127.0.0.1', family: 4 }])
  }
  const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: true, lookup: slow })
  const { send } = sender({ guard, timeoutMilliseconds: 50 })
  expect(await send(request(url.replace('127.0.0.1', 'slow.example')))).toEqual(failure('timeout'))
  answerLate?.()
  // A connection made later is answered later, so by then the first one would have been heard.
  expect(await sender().send(request(url))).toMatchObject({ kind: 'answered' })
  await new Promise(setImmediate)
  expect(asked).toBe(1)
})

test.each([
  ['before it answers', ''],
  ['within the headers', 'HTTP/1.1 200 OK\r\ncontent-'],
  ['within the answer', 'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhalf'],
])('a server that closes %s has closed, and has not answered', async (_, bytes) => {
  expect(await sender().send(request(await rawServer(bytes, true)))).toEqual(failure('closed'))
})

test.each([
  ['headers of a megabyte', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n`],
  ['a hundred thousand headers', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}\r\n`],
  ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
])('%s is a failure', async (_, bytes) => {
  expect(await sender().send(request(await rawServer(bytes, true)))).toEqual(failure('other'))
})

test('where nobody listens the connection fails', async () => {
  const server = createTcpServer()
  const port = await portOf(server)
  server.close()
  expect(await sender().send(request(`http://127.0.0.1:${port}/`))).toEqual(failure('connect'))
})

test('a name that does not exist is a failure of DNS', async () => {
  expect(await sender().send(request('http://unknown.example/'))).toEqual(failure('dns'))
})

test.each(['http://10.0.0.1/', 'ftp://bank.example/', 'http://user@bank.example/', 'no address at all'])(
  'the address %s is refused',
  async (url) => expect(await sender().send(request(url))).toEqual(failure('address_refused')),
)

test('a name that leads inside is refused when it is used', async () => {
  const guard = createAddressGuard({ allowedNetworks: [], isLoopbackAllowed: false, lookup })
  expect(await sender({ guard }).send(request('http://bank.example/'))).toEqual(failure('address_refused'))
})

test('https against a server that does not speak it is a failure of TLS, and the real name was sent', async () => {
  let hello = ''
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => {
      hello = bytes.toString('latin1')
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
  })
  const port = await portOf(server)
  expect(await sender().send(request(`https://bank.example:${port}/`))).toEqual(failure('tls'))
  expect(hello).toContain('bank.example')
})

test('headers that cannot be sent are a failure, not an exception', async () => {
  const { url } = await httpServer((_, response) => response.end())
  const broken = { ...request(url), headers: { 'x-broken': 'a\r\nb: c' } }
  expect(await sender().send(broken)).toEqual(failure('other'))
})

test('a proxy of the environment is not used', async () => {
  const { url } = await httpServer((_, response) => response.end('direct'))
  for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, 'http://127.0.0.1:9')
  vi.stubEnv('NODE_USE_ENV_PROXY', '1')
  expect(await sender().send(request(url))).toMatchObject({ kind: 'answered', body: 'direct' })
})

test('what is under way when it closes is still answered', async () => {
  const { url } = await httpServer((_, response) => void setTimeout(() => response.end('late'), 30))
  const { send, close } = sender()
  const answer = send(request(url))
  await close()
  expect(await answer).toMatchObject({ kind: 'answered', body: 'late' })
})
