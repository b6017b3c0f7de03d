import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isJsonObject, parseJson } from './json.ts'
import { isBodySignatureValid, isCallbackSignatureValid } from './lakala-signature.ts'
import { answerControl, answerJson } from './receiver-control.ts'
import { createInbox } from './receiver-inbox.ts'
import type { Inbox, ReceivedCallback } from './receiver-inbox.ts'
import { callbackPaths, createModes, isCallbackPath, isUnder, parseMode } from './receiver-modes.ts'
import type { ModeSetting, ModeStep, ReceiverModes } from './receiver-modes.ts'

export type ReceiverOptions = {
  /** 0 takes a free one. */
  port?: number
  host?: string
  /** Verifies the callbacks' headers and bodies. */
  platformPublicKeyPem: string
  now?: () => Date
  /** How many callbacks the inbox keeps, the newest; 10,000 where absent. */
  inboxLimit?: number
}

export type Receiver = {
  url: string
  /** Oldest first; the same array all along. */
  inbox: readonly ReceivedCallback[]
  waitFor: Inbox['waitFor']
  /** @throws where the setting is none, with a sentence that says what to change. */
  setMode: (setting: ModeSetting) => void
  close: () => Promise<void>
}

type Desk = { inbox: Inbox; modes: ReceiverModes; platformKey: KeyObject; now: () => Date }

const bodyLimitBytes = 1024 * 1024

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

function examine(desk: Desk, request: IncomingMessage, path: string, bytes: Buffer): Omit<ReceivedCallback, 'mode'> {
  const text = bytes.toString('utf8')
  const body = parseJson(text)
  const authorization = request.headers.authorization ?? ''
  const isIssue = isUnder(path, callbackPaths.issued)
  return {
    path,
    receivedAt: desk.now(),
    headers: request.headers,
    body,
    text,
    isHeaderSignatureValid: isCallbackSignatureValid(authorization, bytes, desk.platformKey),
    isBodySignatureValid: isIssue ? isJsonObject(body) && isBodySignatureValid(body, desk.platformKey) : null,
  }
}

const answerOk = (response: ServerResponse): void => answerJson(response, 200, { code: 'SUCCESS', msg: '处理成功' })

function answerSlowly(response: ServerResponse, milliseconds: number): void {
  const timer = setTimeout(() => answerOk(response), milliseconds)
  response.on('close', () => clearTimeout(timer))
}

function answerCallback(response: ServerResponse, { mode, milliseconds = 0 }: ModeStep): void {
  switch (mode) {
    case 'ok':
      return answerOk(response)
    case '500':
      return answerJson(response, 500, { code: 'FAIL', msg: '系统异常' })
    case 'slow':
      return answerSlowly(response, milliseconds)
    case 'wrong':
      return answerJson(response, 200, { code: 'FAIL', msg: '处理失败' })
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      return void response.end('<html><body><h1>Welcome</h1></body></html>')
    case 'closed':
      return void response.destroy()
  }
}

async function handle(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/', search = ''] = (request.url ?? '/').split('?', 2)
  const bytes = await readBody(request)
  if (bytes === null)
    return answerJson(response, 413, { code: 'FAIL', msg: `the body is above ${bodyLimitBytes} bytes` })
  if (request.method !== 'POST' || !isCallbackPath(path))
    return answerControl(desk, { method: request.method ?? '', path, search, text: bytes.toString('utf8') }, response)
  const step = desk.modes.take(path)
  desk.inbox.add({ ...examine(desk, request, path, bytes), mode: step.mode })
  return answerCallback(response, step)
}

const listen = (server: Server, port: number, host: string): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Error(`Cannot listen on ${host}:${port} (${cause.message}): choose another port or host.`, { cause }))
    })
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })

/**
 * Starts the place where a bank's callbacks arrive: it keeps each with the verdict on its signatures (Lakala §3 and §4)
 * and answers as it was told to, in code or over HTTP (`GET /` explains). It never refuses a bad signature: it reports it.
 * @throws where the port is taken, or the key is no PEM public key.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { port = 0, host = '127.0.0.1', now = () => new Date(), inboxLimit = 10_000 } = options
  const platformKey = createPublicKey(options.platformPublicKeyPem)
  const desk: Desk = { inbox: createInbox(inboxLimit), modes: createModes(), platformKey, now }
  const server = createServer((request, response) => {
    // A sender that hangs up in the middle of its body is nobody to answer.
    handle(desk, request, response).catch(() => response.destroy())
  })
  const address = await listen(server, port, host)
  return {
    url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    inbox: desk.inbox.callbacks,
    waitFor: desk.inbox.waitFor,
    setMode: (setting) => desk.modes.set(parseMode(setting)),
    close: () =>
      new Promise((resolve, reject) => {
        desk.inbox.close()
        server.close((error) => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}
